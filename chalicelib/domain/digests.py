"""What staff are told together: calls that can wait, and each day what a store has open.

Critical cases call at once. Of the others, what gathers within a while goes out as one message a
channel; the day's digest goes out at an hour on the store's own clock.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.alerts import Alert
from chalicelib.domain.exception_cases import ExceptionCase
from chalicelib.domain.money import Money, sums
from chalicelib.domain.quiet_hours import ClockTime
from chalicelib.domain.text import LANGUAGES, Text, localized
from chalicelib.domain.thresholds import SEVERITIES, AlertChannel

# In a store's place: what is no store's, such as queues and functions.
STAGE = "stage"
STAGE_NAME: Text = {"en": "The system itself", "zh-CN": "系统"}
LINES_MAX = 20
SUBSCRIBERS_MAX = 50
DEFAULT_HOUR = "08:00"
_SOON = timedelta(days=1)
_SEVERITY_ZH: dict[str, str] = {"critical": "严重", "warning": "警告", "info": "提示"}


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """The calls that go out together."""

    round_id: str
    at: datetime
    calls: tuple[Alert, ...]

    def by_channel(self) -> dict[str, tuple[Alert, ...]]:
        names = dict.fromkeys(name for call in self.calls for name in call.channels)
        return {name: tuple(c for c in self.calls if name in c.channels) for name in names}


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """When a store's daily digest goes out, or that of what is no store's (`STAGE`), and to whom.

    `channels` are the stage's lists and rooms; `staff` is by which of their own addresses people
    get it. An hour of None is never.
    """

    store_id: str
    hour: ClockTime | None = DEFAULT_HOUR
    channels: tuple[AlertChannel, ...] = ()
    staff: dict[str, tuple[AlertChannel, ...]] = {}
    last_at: datetime | None = None
    version: int = 0

    def covers(self, case: ExceptionCase) -> bool:
        return case.store_id == ("" if self.store_id == STAGE else self.store_id)

    @property
    def has_readers(self) -> bool:
        return bool(self.hour and (self.channels or self.staff))

    def next_at(self, time_zone: str, now: datetime) -> datetime | None:
        """The next time that the store's clock shows the hour."""
        if not self.has_readers or self.hour is None:
            return None
        hours, minutes = map(int, self.hour.split(":"))
        local = now.astimezone(ZoneInfo(time_zone))
        due = local.replace(hour=hours, minute=minutes, second=0, microsecond=0)
        return due if due > local else due + timedelta(days=1)


class Daily(msgspec.Struct, frozen=True, kw_only=True):
    """A store's digest of one day, as it goes out."""

    digest_id: str
    store_id: str
    at: datetime
    title: Text
    text: Text
    channels: tuple[AlertChannel, ...]
    staff: dict[str, tuple[AlertChannel, ...]]


def round_words(calls: Sequence[Alert]) -> tuple[Text, Text]:
    """Title and text of calls that go out together, the worst first."""
    counts = Counter(call.severity for call in calls)
    worst_first = sorted(calls, key=lambda call: (_rank(call.severity), call.at))
    title = {
        "en": f"{len(calls)} exceptions: {_counted(counts, 'en')}",
        "zh-CN": f"{len(calls)} 个异常：{_counted(counts, 'zh-CN')}",
    }
    return title, {
        language: _list(
            [
                f"[{_severity(call.severity, language)}] {localized(call.text, language)}"
                for call in worst_first
            ],
            language,
        )
        for language in LANGUAGES
    }


def daily_words(
    store: Text, time_zone: str, cases: Sequence[ExceptionCase], now: datetime
) -> tuple[Text, Text]:
    """Title and text of what a store has open: how bad, how much money, what is due, the oldest."""
    oldest_first = sorted(cases, key=lambda case: case.opened_at)
    worst_first = sorted(oldest_first, key=lambda case: _rank(case.severity))
    zone = ZoneInfo(time_zone)
    title = {
        "en": f"{localized(store, 'en')}: {len(cases)} open exceptions",
        "zh-CN": f"{localized(store, 'zh-CN')}：{len(cases)} 个未结异常",
    }
    return title, {
        language: "\n".join([
            *_totals(cases, now, language),
            _oldest(oldest_first[0], zone, language),
            _list([_line(case, zone, language) for case in worst_first], language),
        ])
        for language in LANGUAGES
    }  # fmt: skip


def _totals(cases: Sequence[ExceptionCase], now: datetime, language: str) -> list[str]:
    counted = _counted(Counter(case.severity for case in cases), language)
    money = ", ".join(f"{m.decimal()} {m.currency}" for m in money_at_risk(cases)) or "0"
    approvals = sum(case.needs_approval for case in cases)
    untaken = sum(case.status == "open" for case in cases)
    ending = sum(now < case.muted_until <= now + _SOON for case in cases if case.muted_until)
    if language == "en":
        due = f"Due: {untaken} nobody has taken, {approvals} to approve, {ending} silences end."
        return [f"By severity: {counted}. Money at risk: {money}.", due]
    due = f"待办：{untaken} 个无人受理，{approvals} 个待批准，{ending} 个静音将结束。"
    return [f"按级别：{counted}。涉及金额：{money}。", due]


def money_at_risk(cases: Iterable[ExceptionCase]) -> list[Money]:
    """A sum for each currency; what two cases tell of one order counts once."""
    at_risk = {case.subject: case.money_at_risk for case in cases if case.money_at_risk}
    return sums(at_risk.values())


def _oldest(case: ExceptionCase, zone: ZoneInfo, language: str) -> str:
    said = "The oldest" if language == "en" else "最早"
    return f"{said}: {_line(case, zone, language)}\n"


def _line(case: ExceptionCase, zone: ZoneInfo, language: str) -> str:
    since = f"{case.opened_at.astimezone(zone):%Y-%m-%d %H:%M}"
    severity = _severity(case.severity, language)
    return f"[{severity}] {since} {localized(case.summary, language)}"


def _rank(severity: str) -> int:
    return [str(name) for name in SEVERITIES].index(severity)


def _counted(counts: Counter[str], language: str) -> str:
    found = [f"{counts[name]} {_severity(name, language)}" for name in SEVERITIES if counts[name]]
    return ", ".join(found)


def _severity(severity: str, language: str) -> str:
    return severity if language == "en" else _SEVERITY_ZH[severity]


def _list(lines: list[str], language: str) -> str:
    left = len(lines) - LINES_MAX
    more = f"and {left} more" if language == "en" else f"另有 {left} 个"
    return "\n".join([*lines[:LINES_MAX], *([more] if left > 0 else [])])
