"""What a customer is told about an event, where, and whether it is still worth saying."""

import html
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.announcements import ANNOUNCEMENTS, REASONS, Announcement
from chalicelib.domain.catalogue import Store
from chalicelib.domain.clock import epoch_ms
from chalicelib.domain.money import Money
from chalicelib.domain.orders import TERMINAL, Order, OrderEvent
from chalicelib.domain.profiles import Topic
from chalicelib.domain.receipts import Sending
from chalicelib.domain.text import localized

ChannelState = Literal[
    "pending", "held", "sent", "delivered", "failed", "gone", "superseded", "bounced", "complained"
]
REASON_LENGTH_MAX = 200


class ChannelOutcome(msgspec.Struct, frozen=True):
    channel: str
    outcome: ChannelState
    at: datetime


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a customer's inbox."""

    notification_id: str
    type: str
    order_id: str
    title: str
    body: str
    channels: tuple[ChannelOutcome, ...]
    created_at: datetime
    read_at: datetime | None = None


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """How a customer can be reached beside the inbox, their wishes already applied.

    `devices_of` is the customer whose devices are told, if there are any.
    """

    email: str | None = None
    phone: str | None = None
    devices_of: str | None = None

    def by(self, channel: str) -> str | None:
        """The address for that channel."""
        return {"email": self.email, "sms": self.phone, "push": self.devices_of}.get(channel)


def notification_id(event: OrderEvent) -> str:
    """Derived, so that a repeat is the same one; in time order, so that the inbox is sorted."""
    return f"ntf_{epoch_ms(event.at):012x}{event.event_id.removeprefix('evt_')}"


def announcement_of(event: OrderEvent, order: Order) -> Announcement | None:
    """The table's most specific entry for this event, None for what customers are not told."""
    if event.type == "exception.opened" and "customer_message" not in event.data:
        return None
    for variant in (
        event.fulfillment_status, _money_variant(event), order.fulfillment.type,
        *_einvoice_variants(event),
    ):  # fmt: skip
        found = ANNOUNCEMENTS.get(f"{event.type}/{variant}")
        if found:
            return found
    return ANNOUNCEMENTS.get(event.type)


def is_superseded(announcement: Announcement, event: OrderEvent, order: Order) -> bool:
    """Whether the order has moved on, so that a message would only confuse."""
    outdated = announcement.outdated
    if outdated == "never" or order.version <= event.version:
        return False
    if outdated == "ended":
        return order.status in _WILL_NOT_BE_MADE and event.status not in _WILL_NOT_BE_MADE
    if outdated == "paid":
        return order.due_minor <= 0 or order.status in TERMINAL
    moved = (order.status, order.fulfillment_status) != (event.status, event.fulfillment_status)
    return moved or _promised_anew(event, order)


def words(
    announcement: Announcement, event: OrderEvent, order: Order, store: Store | None
) -> tuple[str, str]:
    """Title and body in the order's language."""
    language = order.language
    fields = {
        "number": order.number,
        "code": order.pickup_code,
        "store": localized(store.name, language) if store else _OUR_STORE[language],
        "total": money_text(order.totals.total),
        "amount": _amount_text(event),
        "because": _because(event, language),
        "message": localized(event.data.get("customer_message") or {}, language),
        "promised": _promised(order, store),
        "einvoice": str(event.data.get("number") or ""),
        "by_when": _by_when(event, order, store),
        "answer_by": _local(_time_in(event, "answer_by"), store),
    }
    title, body = localized(announcement.title, language), localized(announcement.body, language)
    return title.format_map(fields), body.format_map(fields)


def reach(
    announcement: Announcement, order: Order, recipient: Recipient
) -> tuple[tuple[str, str], ...]:
    """The channels to send through and the address for each."""
    found: list[tuple[str, str]] = []
    if recipient.devices_of and (announcement.mail or announcement.urgent):
        found.append(("push", recipient.devices_of))
    if announcement.mail and recipient.email:
        found.append(("email", recipient.email))
    # Nobody's phone rings for an order that was never confirmed: numbers are free to type in.
    if announcement.urgent and recipient.phone and order.confirmed_at:
        found.append(("sms", recipient.phone))
    return tuple(found)


def topic_of(event_type: str) -> Topic:
    """Under which of the customer's wishes an event falls."""
    return "payments" if event_type.startswith(("payment.", "refund.")) else "orders"


def money_text(amount: Money) -> str:
    return f"{amount.decimal()} {amount.currency}"


def mail_text(title: str, body: str, receipt: str, link: str, language: str) -> str:
    """The plain-text mail. What the customer wrote is never repeated in it."""
    parts = [title, body, receipt, f"{_FOLLOW[language]}\n{link}"]
    return "\n\n".join(part for part in parts if part) + "\n"


def mail_html(title: str, body: str, receipt: str, link: str, language: str) -> str:
    """The same as HTML, everything escaped."""
    listed = f"<pre style='font:inherit'>{html.escape(receipt)}</pre>" if receipt else ""
    return (
        f"<!doctype html><html lang='{language}'><meta charset='utf-8'>"
        "<body style='font-family:sans-serif;max-width:36em;margin:2em auto;line-height:1.5'>"
        f"<h1 style='font-size:1.3em'>{html.escape(title)}</h1><p>{html.escape(body)}</p>{listed}"
        f"<p><a href='{html.escape(link)}'>{html.escape(_FOLLOW[language])}</a></p></body></html>"
    )


def plain_html(text: str) -> str:
    """A text as HTML that looks the same."""
    return (
        "<!doctype html><meta charset='utf-8'><body style='font-family:sans-serif'>"
        f"<div style='white-space:pre-wrap'>{html.escape(text)}</div></body>"
    )


def receipt_text(order: Order) -> str:
    """The lines and what they come to."""
    language = order.language
    lines = [
        f"{line.quantity} × {localized(line.name, language)}  {money_text(line.line_total)}"
        for line in order.line_items
    ]
    totals = order.totals
    for label, amount in (
        (_DISCOUNT, totals.discount), (_DELIVERY, totals.delivery_fee), (_TAX, totals.tax),
    ):  # fmt: skip
        if amount.amount_minor:
            lines.append(f"{label[language]}  {money_text(amount)}")
    lines.append(f"{_TOTAL[language]}  {money_text(totals.total)}")
    return "\n".join(lines)


def receipt_for_customer(order: Order) -> str:
    """The same, with where the invoice is to be found once the order is paid."""
    hint = f"\n\n{_INVOICE[order.language]}" if order.captured_minor else ""
    return receipt_text(order) + hint


def settled(sends: Sequence[Sending]) -> bool:
    """Whether no channel needs another try."""
    return all(one.outcome not in {"pending", "held"} for one in sends)


def cannot_wait(announcement: Announcement, event_type: str) -> bool:
    """Whether it goes out however much its reader was told already: urgent, or about money."""
    money = event_type.startswith(("payment.", "refund.")) or event_type == "order.confirmed"
    return announcement.urgent or money or event_type == "exception.opened"


def with_held(body: str, along: Sequence[Notification]) -> str:
    """A message with the titles of those that were held and go out with it."""
    lines = [f"· {one.title}: {one.body}" for one in along]
    return "\n".join([body, "", *lines]) if lines else body


_WILL_NOT_BE_MADE = frozenset({"canceled", "rejected"})
_OUR_STORE = {"en": "the store", "zh-CN": "门店"}
_INVOICE = {
    "en": "Your invoice is on the order's page (link below): PDF and XML.",
    "zh-CN": "账单发票可在订单页面（见下方链接）下载：PDF 与 XML。",
}
_FOLLOW = {"en": "Follow your order", "zh-CN": "查看订单进度"}
_PROMISE_STANDS = frozenset({"order_not_returned", "state_stalled"})
_WAITS_FOR_MONEY = frozenset({"payment_failed", "payment_stale"})
_STILL_EXPECTED = {
    "en": " Your order is still expected at {at}; if that changes, we tell you the new time.",
    "zh-CN": "您的订单仍预计于 {at} 完成，如有变化，我们会告知您新的时间。",
}
_KEPT_UNTIL = {
    "en": " We keep the order for you until {at}.",
    "zh-CN": "订单将为您保留至 {at}。",
}
_DISCOUNT = {"en": "Discount", "zh-CN": "优惠"}
_DELIVERY = {"en": "Delivery", "zh-CN": "配送费"}
_TAX = {"en": "Tax", "zh-CN": "税额"}
_TOTAL = {"en": "Total", "zh-CN": "合计"}


def _money_variant(event: OrderEvent) -> str:
    """Canceled and confirmed orders read differently while nothing was paid."""
    nothing_paid = event.payment_status in {"unpaid", "pending", "failed"}
    return "unpaid" if nothing_paid else event.payment_status


def _einvoice_variants(event: OrderEvent) -> tuple[str, ...]:
    """One for practice is called so whatever it is; of a rejected one it counts who can mend it."""
    if not event.type.startswith("einvoice."):
        return ()
    practice = ("practice",) if event.data.get("genuine") is False else ()
    return (*practice, str(event.data.get("kind")), str(event.data.get("fault")))


def _amount(event: OrderEvent) -> Money:
    raw = event.data.get("captured") or event.data.get("amount")
    return msgspec.convert(raw, Money) if raw else event.total


def _amount_text(event: OrderEvent) -> str:
    """With what the buyer's bank will show, where that is in another currency."""
    text = money_text(_amount(event))
    charge = event.data.get("charge")
    return f"{text} ({money_text(msgspec.convert(charge, Money))})" if charge else text


def _because(event: OrderEvent, language: str) -> str:
    """“: reason”, or nothing where none was given.

    Customers are not told what they wrote themselves: a mail address is free to type in, and
    nobody shall be written to in our name.
    """
    raw = " ".join(str(event.data.get("reason") or "").split())[:REASON_LENGTH_MAX]
    if not raw or (raw not in REASONS and event.actor.type in {"customer", "guest"}):
        return ""
    reason = localized(REASONS[raw], language) if raw in REASONS else raw
    return f"（{reason}）" if language == "zh-CN" else f" ({reason})"


def _promised(order: Order, store: Store | None) -> str:
    return _local(order.promised_at, store)


def _by_when(event: OrderEvent, order: Order, store: Store | None) -> str:
    """Of trouble that leaves a time standing: which, and that its customer hears if it moves."""
    rule = event.data.get("rule")
    if rule in _PROMISE_STANDS and order.promised_at and order.promised_at > event.at:
        said, at = _STILL_EXPECTED, order.promised_at
    elif rule in _WAITS_FOR_MONEY and order.expires_at and order.expires_at > event.at:
        said, at = _KEPT_UNTIL, order.expires_at
    else:
        return ""
    return said[order.language].format(at=_local(at, store))


def _local(at: datetime | None, store: Store | None) -> str:
    """In the store's own time, where people are."""
    if at is None:
        return ""
    at = at.astimezone(ZoneInfo(store.time_zone)) if store else at
    return f"{at:%Y-%m-%d %H:%M}" + ("" if store else " UTC")


def _time_in(event: OrderEvent, name: str) -> datetime | None:
    told = event.data.get(name)
    return None if told is None else msgspec.convert(told, datetime)


def _promised_anew(event: OrderEvent, order: Order) -> bool:
    if event.type != "order.promise_moved" or order.promised_at is None:
        return False
    told = _time_in(event, "promised_at")
    return told is not None and told != order.promised_at
