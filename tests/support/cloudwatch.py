"""What CloudWatch would say of what was told to it: points in, an alarm's verdict out.

As AWS documents it: a point belongs to a metric by namespace, name and exactly these dimensions;
points of a period make one value by the statistic; the alarm rings when enough of its newest
periods breach, where a silent one counts as `TreatMissingData` says.
"""

import json
import math
from datetime import datetime, timedelta
from typing import Any, NamedTuple

_BREACHES = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


class Point(NamedTuple):
    namespace: str
    metric: str
    dimensions: frozenset[tuple[str, str]]
    at: datetime
    value: float


def point(namespace: str, metric: str, at: datetime, value: float, **dimensions: str) -> Point:
    return Point(namespace, metric, frozenset(dimensions.items()), at, value)


def told(output: str, at: datetime) -> list[Point]:
    """The points in what a function printed (EMF), as if it had printed at that moment."""
    found = []
    for line in output.splitlines():
        if not line.startswith("{") or '"CloudWatchMetrics"' not in line:
            continue
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            found += _points(directive, document, at)
    return found


def _points(directive: dict[str, Any], document: dict[str, Any], at: datetime) -> list[Point]:
    found = []
    for names in directive["Dimensions"]:
        dimensions = frozenset((name, document[name]) for name in names)
        for metric in directive["Metrics"]:
            values = document[metric["Name"]]
            found += [
                Point(directive["Namespace"], metric["Name"], dimensions, at, value)
                for value in (values if isinstance(values, list) else [values])
            ]
    return found


def rings(alarm: dict[str, Any], points: list[Point], now: datetime) -> bool:
    """The verdict of an alarm's properties, all references resolved, at that moment."""
    periods = alarm["EvaluationPeriods"]
    breaching = 0
    for back in range(periods):
        until = now - timedelta(seconds=alarm["Period"] * back)
        since = until - timedelta(seconds=alarm["Period"])
        values = [one.value for one in points if is_of(one, alarm) and since < one.at <= until]
        breaching += _breaches(alarm, values)
    return bool(breaching >= alarm.get("DatapointsToAlarm", periods))


def is_of(one: Point, alarm: dict[str, Any]) -> bool:
    """Whether the point is of the metric that an alarm, or a part of one, names."""
    wanted = frozenset((d["Name"], d["Value"]) for d in alarm.get("Dimensions", []))
    return (one.namespace, one.metric, one.dimensions) == (
        alarm["Namespace"], alarm["MetricName"], wanted,
    )  # fmt: skip


def _breaches(alarm: dict[str, Any], values: list[float]) -> bool:
    if not values:
        return bool(alarm["TreatMissingData"] == "breaching")
    value = _statistic(alarm, values)
    return bool(_BREACHES[alarm["ComparisonOperator"]](value, alarm["Threshold"]))


def _statistic(alarm: dict[str, Any], values: list[float]) -> float:
    if "ExtendedStatistic" in alarm:
        rank = float(alarm["ExtendedStatistic"].removeprefix("p")) / 100
        return sorted(values)[max(math.ceil(rank * len(values)) - 1, 0)]
    reduce = {"Sum": sum, "Maximum": max, "Minimum": min}[alarm["Statistic"]]
    return float(reduce(values))


def resolved(node: Any, names: dict[str, Any]) -> Any:
    """A template's value with its references replaced by what they stand for; None is left out."""
    if isinstance(node, dict):
        if set(node) == {"Ref"}:
            return names[node["Ref"]]
        if set(node) == {"Fn::GetAtt"}:
            return names[".".join(node["Fn::GetAtt"])]
        if set(node) == {"Fn::Sub"} and isinstance(node["Fn::Sub"], str):
            text = node["Fn::Sub"]
            for name, value in names.items():
                text = text.replace(f"${{{name}}}", str(value))
            return text
        found = {key: resolved(value, names) for key, value in node.items()}
        return {key: value for key, value in found.items() if value is not None}
    if isinstance(node, list):
        return [resolved(one, names) for one in node]
    return node


def composite_alarm(name: str, state: str) -> None:
    """One in this state, set up below moto's front, which knows no composite alarms."""
    from moto.cloudwatch.models import cloudwatch_backends

    backend = cloudwatch_backends["123456789012"]["us-east-1"]
    backend.put_metric_alarm(
        name=name, namespace="", metric_name="", comparison_operator="GreaterThanThreshold",
        evaluation_periods=1, period=60, threshold=0, statistic="Sum", description="",
        dimensions=[], alarm_actions=[], rule='ALARM("some-part")',
    )  # fmt: skip
    backend.set_alarm_state(name, "drill", "{}", state)
