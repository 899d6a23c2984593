"""Finds an event of which a consumer still owes the receipt: it is sent to them again."""

from chalicelib.domain.exception_cases import Finding, Remedy
from chalicelib.domain.orders import OrderEvent
from chalicelib.domain.receipts import owed, tells_of_case
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule

_SENT_AT_ONCE = 10


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    # What tells of a case is no case itself: the sweep sends it again without one.
    missing = [one for one in owed(evidence.events, evidence.receipts) if not tells_of_case(one[0])]
    if not missing:
        return None
    events = sorted({event.version: event for event, _ in missing}.values(), key=_version)
    consumers = ", ".join(sorted({consumer for _, consumer in missing}))
    order = evidence.order
    return evidence.found(
        RULE.name,
        since=min(event.at for event in events) + settings.after,
        cause="system",
        summary=both(
            f"Order {order.number}: {len(missing)} message(s) not delivered to {consumers}, "
            f"the first of {events[0].at:%H:%M:%S} UTC ({events[0].type}).",
            f"订单 {order.number}：{len(missing)} 条消息未送达 {consumers}，"
            f"最早一条为 {events[0].at:%H:%M:%S} UTC 的 {events[0].type}。",
        ),
        remedies=tuple(
            Remedy("send_again", f"{consumer}/{event.version}")
            for event, consumer in missing[:_SENT_AT_ONCE]
        ),
    )


def _version(event: OrderEvent) -> int:
    return event.version


RULE = OrderRule("outbox_stuck", both("Message not delivered", "消息未送达"), foresee)
