"""What an alarm is made of, and the alarms over each function alike."""

from typing import Any

Template = dict[str, Any]
OPS_ALARMS = {"Fn::ImportValue": {"Fn::Sub": "docket-${Stage}-data-OpsAlarmsTopicArn"}}
# What the functions themselves count (observability.py) carries the stage beside the service.
OWN = [{"Name": "service", "Value": "docket"}, {"Name": "stage", "Value": {"Ref": "Stage"}}]
ITERATOR_AGE_MS_MAX = 60_000
# The stream keeps its records for 24 h: an hour's lag is the last call.
ITERATOR_AGE_MS_FAR = 3_600_000
# Of how long a function may take, as many hundredths are near its end.
SLOW_PERCENT = 80
DEVIATIONS = 3
NO_VALUE = {"Ref": "AWS::NoValue"}


def function_alarms(
    logical_id: str, label: str, event_types: set[str], timeout_seconds: int
) -> dict[str, Template]:
    """For one function: errors, throttles, time running out, and its way along its stream."""
    source: dict[str, Any] = {
        "Namespace": "AWS/Lambda",
        "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": logical_id}}],
    }
    alarms = {
        f"{logical_id}ErrorsAlarm": alarm(
            f"{label}-errors",
            f"{label} fails.",
            runbook="function-errors",
            **source,
            MetricName="Errors",
        ),
        f"{logical_id}ThrottlesAlarm": alarm(
            f"{label}-throttles",
            f"{label} is throttled.",
            runbook="function-throttles",
            **source,
            MetricName="Throttles",
            EvaluationPeriods=3,
        ),
        f"{logical_id}SlowAlarm": alarm(
            f"{label}-slow",
            f"{label} comes near its time limit.",
            runbook="function-slow",
            **source,
            MetricName="Duration",
            Statistic=NO_VALUE,
            ExtendedStatistic="p99",
            Threshold=timeout_seconds * 10 * SLOW_PERCENT,
            EvaluationPeriods=3,
        ),
    }
    if "DynamoDB" in event_types:
        alarms |= _stream_alarms(logical_id, label, source)
    return alarms


def _stream_alarms(logical_id: str, label: str, source: dict[str, Any]) -> dict[str, Template]:
    """How far behind its stream a function is, and that nothing of it is kept."""
    lag = {**source, "MetricName": "IteratorAge", "Statistic": "Maximum"}
    return {
        f"{logical_id}IteratorAgeAlarm": alarm(
            f"{label}-iterator-age",
            f"{label} is more than a minute behind its stream.",
            runbook="function-iterator-age",
            **lag,
            Threshold=ITERATOR_AGE_MS_MAX,
            EvaluationPeriods=3,
        ),
        f"{logical_id}FarBehindAlarm": alarm(
            f"{label}-far-behind",
            f"{label} is more than an hour behind its stream, which forgets after a day.",
            runbook="function-iterator-age",
            **lag,
            Threshold=ITERATOR_AGE_MS_FAR,
        ),
        f"{logical_id}LastResortAlarm": alarm(
            f"{label}-last-resort",
            f"What {label} gave up did not reach the queue of last resort.",
            runbook="relay-failures",
            **source,
            MetricName="DestinationDeliveryFailures",
        ),
    }


def named(dimension: str, name: str) -> list[Template]:
    return [{"Name": dimension, "Value": {"Fn::Sub": f"docket-${{Stage}}-{name}"}}]


def own(name: str, description: str, *, runbook: str = "", **properties: Any) -> Template:
    """Over a metric that the functions count; its runbook has its name unless told."""
    source = {"Namespace": "Docket", "Dimensions": OWN}
    return alarm(name, description, runbook=runbook or name, **source, **properties)


def heartbeat(name: str, description: str, **properties: Any) -> Template:
    """One that rings when nothing is heard; its runbook has its name."""
    silence = {
        "ComparisonOperator": "LessThanThreshold",
        "Threshold": 1,
        "TreatMissingData": "breaching",
    }
    return own(name, description, **silence, **properties)


def unusual(
    name: str,
    description: str,
    *,
    comparison: str,
    period_seconds: int = 300,
    periods: int = 3,
    **metric: Any,
) -> Template:
    """One that learns what is usual at this hour of the week, and rings far off it."""
    found = alarm(name, description, runbook="unusual-traffic")
    properties = found["Properties"]
    for single in ("Statistic", "Period", "Threshold"):
        del properties[single]
    properties |= {
        "Metrics": [
            {
                "Id": "found",
                "MetricStat": {"Metric": metric, "Period": period_seconds, "Stat": "Sum"},
                "ReturnData": True,
            },
            {"Id": "usual", "Expression": f"ANOMALY_DETECTION_BAND(found, {DEVIATIONS})"},
        ],
        "ThresholdMetricId": "usual",
        "ComparisonOperator": comparison,
        "EvaluationPeriods": periods,
    }
    return found


def alarm(name: str, description: str, *, runbook: str, **properties: Any) -> Template:
    """One that rings when a minute's sum is above zero, unless its properties say otherwise."""
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"docket-${{Stage}}-{name}"},
            "AlarmDescription": f"{description} Runbook: docs/runbooks/{runbook}.md",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [OPS_ALARMS],
            "OKActions": [OPS_ALARMS],
            **properties,
        },
    }
