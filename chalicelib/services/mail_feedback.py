"""Acting on bounces and complaints: no more mail there, the truth on record, another way tried.

Every step can be repeated: the service delivers its feedback at least once.
"""

from datetime import datetime

import msgspec

from chalicelib.domain import mail_feedback as domain
from chalicelib.domain import notifications as announcing
from chalicelib.domain.alerts import Alert
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.ids import derived
from chalicelib.domain.mail_feedback import Feedback
from chalicelib.domain.messages import SentMessage, masked
from chalicelib.domain.orders import Order, OrderEvent
from chalicelib.domain.receipts import Receipt
from chalicelib.observability import count, logger
from chalicelib.services import alerts, notifications, retelling
from chalicelib.services.notifications import FindChannel
from chalicelib.services.retelling import Reason
from chalicelib.store import messages as records
from chalicelib.store import notifications as inbox
from chalicelib.store import order_events, orders, receipts, suppressions

_INSTEAD = Reason("instead of mail")


def take(body: str, now: datetime, find_channel: FindChannel = notifications.channel) -> None:
    """Act on one message of the feedback queue. Raises `Unavailable` when it must come again."""
    feedback = domain.read(body, now)
    if feedback is None:
        return
    count("MailsBounced" if feedback.verdict == "bounced" else "MailsComplainedAbout")
    logger.warning(
        "mail came back", extra={"verdict": feedback.verdict, "tags": dict(feedback.tags)}
    )
    if "message" in feedback.tags:
        _about_record(feedback, now)
    else:
        _suppress(feedback)
    if {"order", "version"} <= set(feedback.tags):
        _about_event(feedback, now, find_channel)


def _suppress(feedback: Feedback) -> None:
    for address in feedback.addresses:
        suppressions.suppress(address, feedback.suppression)


def _about_event(feedback: Feedback, now: datetime, find_channel: FindChannel) -> None:
    """A customer's message: its receipt says so, and a text message takes the mail's place."""
    order_id, version = feedback.tags["order"], int(feedback.tags["version"])
    event, order = order_events.load_event(order_id, version)
    receipt = receipts.find_receipt(order_id, "customer", version)
    if receipt is None:
        return
    _note(receipt, event, order, feedback)
    announcement = announcing.announcement_of(event, order)
    if feedback.verdict == "complained" or announcement is None or not order.confirmed_at:
        return
    if announcing.is_superseded(announcement, event, order) or _is_told_otherwise(receipt):
        return
    try:
        told = retelling.tell(event, order, "sms", _INSTEAD, now, find_channel)
    except (Conflict, NotFound) as error:
        logger.info("no second way", extra={"order_id": order_id, "why": error.detail})
        return
    logger.info("told another way", extra={"order_id": order_id, "outcome": told.outcome})


def _is_told_otherwise(receipt: Receipt) -> bool:
    """Whether the same message went out by another channel, too."""
    return any(one.outcome == "sent" for one in receipt.sends if one.channel != "email")


def _note(receipt: Receipt, event: OrderEvent, order: Order, feedback: Feedback) -> None:
    sends = tuple(
        msgspec.structs.replace(one, outcome=feedback.verdict, at=feedback.at)
        if one.channel == "email"
        else one
        for one in receipt.sends
    )
    noted = msgspec.structs.replace(receipt, sends=sends)
    reached = any(one.outcome == "sent" for one in sends)
    if not reached and receipt.outcome in {"delivered", "bounced"}:
        noted = msgspec.structs.replace(
            noted, outcome="bounced", at=feedback.at, detail=feedback.detail or feedback.verdict
        )
    if noted != receipt:
        receipts.mark(noted)
    if noted.outcome == "bounced":
        orders.redate(order, feedback.at)
    if order.customer_id:
        _note_in_inbox(order.customer_id, event, feedback)


def _note_in_inbox(customer_id: str, event: OrderEvent, feedback: Feedback) -> None:
    entry = inbox.find_notification(customer_id, announcing.notification_id(event))
    if entry is None:
        return
    told = [
        msgspec.structs.replace(one, outcome=feedback.verdict, at=feedback.at)
        if one.channel == "email"
        else one
        for one in entry.channels
    ]
    inbox.record_channels(customer_id, entry, told)


def _about_record(feedback: Feedback, now: datetime) -> None:
    """A mail that no event accounts for: staff's are told by phone, a merchant's by a case."""
    message = records.find_message(feedback.tags["message"], feedback.tags["key"])
    if message is None or message.outcome == feedback.verdict:
        return
    if message.audience == "staff":
        _tell_staff(message, feedback, now)
    else:
        _suppress(feedback)
    if message.audience == "merchant" and message.order_id:
        _tell_of_merchant(message.order_id, feedback)
    after = msgspec.structs.replace(message, outcome=feedback.verdict, detail=feedback.detail)
    records.mark(after, feedback.tags["key"])


def _tell_staff(message: SentMessage, feedback: Feedback, now: datetime) -> None:
    """Mail to staff is never suppressed: the next call may matter more."""
    whose = ", ".join(masked(address) for address in feedback.addresses)
    text = {
        "en": f"Alerts do not reach {whose}: {feedback.verdict} ({message.type}).",
        "zh-CN": f"告警邮件无法送达 {whose}（{message.type}）。",
    }
    alert_id = derived("alt", "bounced", message.message_id, *feedback.addresses)
    alerts.call_staff(
        Alert(
            alert_id=alert_id, title={"en": "Mail bounced", "zh-CN": "邮件被退回"}, text=text,
            channels=("sms",), at=now, kind="notification_failed",
        )
    )  # fmt: skip


def _tell_of_merchant(order_id: str, feedback: Feedback) -> None:
    """The order's own receipt says so, and rule `notification_failed` calls staff."""
    for receipt in receipts.list_receipts(order_id):
        told = receipt.consumer == "merchant" and receipt.event_type == "order.confirmed"
        if told and receipt.outcome in {"not_applicable", "given_up", "bounced"}:
            receipts.mark(
                msgspec.structs.replace(
                    receipt, outcome="bounced", at=feedback.at,
                    detail=f"mail {feedback.verdict}: {feedback.detail}".strip(": "),
                )
            )  # fmt: skip
            orders.redate(orders.load_order(order_id), feedback.at)
