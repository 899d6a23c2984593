"""A call of staff: all that a person needs, so that it can go out while the tables are down."""

from datetime import datetime

import msgspec

from chalicelib.domain.exception_cases import ExceptionCase
from chalicelib.domain.ids import derived
from chalicelib.domain.text import Text
from chalicelib.domain.thresholds import RuleSettings

# The kinds of what tells of several cases at once.
GATHERED, DAILY = "digest.calls", "digest.daily"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One call of staff. `alert_id` is the same for every repeat of its message.

    `case_id` is empty for an alarm of the stage itself, `order_id` for what is about no order. What
    tells of several cases has their `case_ids`. With a `staff_id` it goes to that person alone.
    """

    alert_id: str
    title: Text
    text: Text
    channels: tuple[str, ...]
    at: datetime
    case_id: str = ""
    opening: int = 1
    kind: str = "alarm"
    severity: str = ""
    order_id: str = ""
    store_id: str = ""
    case_ids: tuple[str, ...] = ()
    staff_id: str = ""

    @property
    def is_digest(self) -> bool:
        return self.kind in {GATHERED, DAILY}


def alert_of(case: ExceptionCase, rule: RuleSettings, now: datetime) -> Alert:
    level = case.alert_level + 1
    again = {"en": f" (call {level})", "zh-CN": f"（第 {level} 次提醒）"} if level > 1 else {}
    return Alert(
        alert_id=derived("alt", case.case_id, str(case.opening), str(level)),
        title={
            language: f"[{case.severity}] {case.rule}{again.get(language, '')}"
            for language in case.summary
        },
        text=case.summary,
        channels=rule.channels,
        at=now,
        case_id=case.case_id,
        opening=case.opening,
        kind=case.rule,
        severity=case.severity,
        order_id=case.subject.id if case.subject.type == "order" else "",
        store_id=case.store_id,
    )
