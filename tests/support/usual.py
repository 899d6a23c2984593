"""What an alarm that learns would say: a band learned from weeks of points, and the verdict on it.

CloudWatch keeps its model to itself and documents what it is for: the metric's rhythm by hour and
weekday, with a band of so many deviations around it. This one learns just that, so a test that
rings here rings by a margin that any such model sees. The expression, the metric, its statistic,
period and comparison are the template's own.
"""

import math
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.support.cloudwatch import Point, is_of

WEEK = timedelta(days=7)
_BAND = re.compile(r"ANOMALY_DETECTION_BAND\((\w+), (\d+)\)")
_BELOW, _ABOVE = "LessThanLowerThreshold", "GreaterThanUpperThreshold"


class Learned:
    """An alarm's properties, all references resolved, with what it learned until a moment."""

    def __init__(self, alarm: dict[str, Any], past: list[Point]) -> None:
        by_id = {one["Id"]: one for one in alarm["Metrics"]}
        told = _BAND.fullmatch(by_id[alarm["ThresholdMetricId"]]["Expression"])
        assert told, "this is no band"
        self._alarm = alarm
        self._width = int(told[2])
        stat = by_id[told[1]]["MetricStat"]
        assert stat["Stat"] == "Sum"
        self._metric = stat["Metric"]
        self.period = timedelta(seconds=stat["Period"])
        self._past = self._sums(past)
        by_hour: dict[tuple[int, int], list[float]] = defaultdict(list)
        for number, value in self._past.items():
            by_hour[self._hour(number)].append(value)
        self._means = {hour: sum(values) / len(values) for hour, values in by_hour.items()}
        self._scatter = self._scattering()

    def band(self, at: datetime) -> tuple[float, float]:
        """Counts scatter by the root of their mean; how much more than that, the weeks tell."""
        mean = self._means[self._hour(self._number(at))]
        reach = self._width * self._scatter * math.sqrt(max(mean, 1))
        return mean - reach, mean + reach

    def rings(self, points: list[Point], now: datetime) -> bool:
        """Whether the newest periods that are over all lie outside; silence is as told."""
        sums = self._sums(points)
        last = self._number(now) - 1
        return all(
            self._is_outside(number, sums.get(number))
            for number in range(last, last - self._alarm["EvaluationPeriods"], -1)
        )

    def _is_outside(self, number: int, value: float | None) -> bool:
        if value is None:
            return bool(self._alarm["TreatMissingData"] == "breaching")
        low, high = self.band(self._start(number))
        return {_BELOW: value < low, _ABOVE: value > high}[self._alarm["ComparisonOperator"]]

    def _sums(self, points: list[Point]) -> dict[int, float]:
        sums: dict[int, float] = defaultdict(float)
        for one in points:
            if is_of(one, self._metric):
                sums[self._number(one.at)] += one.value
        return sums

    def _scattering(self) -> float:
        off = [
            (value - mean) ** 2 / max(mean, 1)
            for number, value in self._past.items()
            for mean in [self._means[self._hour(number)]]
        ]
        return math.sqrt(sum(off) / (len(off) - len(self._means)))

    def _number(self, at: datetime) -> int:
        return int(at.timestamp() // self.period.total_seconds())

    def _start(self, number: int) -> datetime:
        return datetime.fromtimestamp(number * self.period.total_seconds(), UTC)

    def _hour(self, number: int) -> tuple[int, int]:
        start = self._start(number)
        return start.weekday(), start.hour


def weeks(sample: Point, busiest: float, count: int, until: datetime, seed: int) -> list[Point]:
    """So many weeks of a metric up to a moment, a point each five minutes: quiet nights, busy
    noons and weekends, and the scatter of chance. `busiest` is the mean of the busiest hour.
    """
    random, step = Random(seed), timedelta(minutes=5)
    at, found = until - count * WEEK, []
    while at < until:
        day = 0.5 - 0.5 * math.cos(2 * math.pi * at.hour / 24)
        weekend = 1.0 if at.weekday() >= 5 else 0.7
        mean = busiest / 12 * weekend * (0.05 + 0.95 * day)
        found.append(sample._replace(at=at, value=float(_poisson(mean, random))))
        at += step
    return found


def _poisson(mean: float, random: Random) -> int:
    """Knuth's way; means are small here."""
    limit, product, drawn = math.exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        drawn += 1
    return drawn
