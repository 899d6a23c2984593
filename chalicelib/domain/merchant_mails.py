"""The mail that asks a merchant to look at an order, in both languages: an address has none."""

from collections.abc import Mapping

from chalicelib.domain.catalogue import Store
from chalicelib.domain.notifications import receipt_text
from chalicelib.domain.orders import Order
from chalicelib.domain.text import Text, localized

NOT_ACCEPTED = "not_accepted"
NO_ENDPOINT = "no_endpoint"
NOT_MOVING = "not_moving"
_WHY: Mapping[str, Text] = {
    NOT_ACCEPTED: {
        "en": "It is paid for and has not been accepted yet.",
        "zh-CN": "订单已付款，尚未接单。",
    },
    NO_ENDPOINT: {
        "en": "Your store has no endpoint for orders, so it comes by mail.",
        "zh-CN": "门店未设置订单回调，因此以邮件通知。",
    },
    NOT_MOVING: {
        "en": "It was accepted, and no step has followed for a while. Please take it on, or tell "
        "the customer; if it is done, press the step that was forgotten.",
        "zh-CN": "已接单，但长时间没有后续操作。请继续处理或联系顾客；如已完成，请补点对应步骤。",
    },
}


def reminder(order: Order, store: Store, reason: str, link: str) -> tuple[str, str]:
    """Subject and text. `reason` is one of those above or words of its own."""
    why = _WHY.get(reason, {"en": reason})
    english, chinese = localized(store.name, "en"), localized(store.name, "zh-CN")
    asked = ("look at", "处理") if reason == NOT_MOVING else ("accept", "接单")
    subject = f"Please {asked[0]} order {order.number} / 请{asked[1]} {order.number}"
    parts = [
        f"{english}: order {order.number} (code {order.pickup_code}) waits for you.\n{why['en']}",
        (
            f"{chinese}：订单 {order.number}（取货码 {order.pickup_code}）等待您处理。\n"
            f"{localized(why, 'zh-CN')}"
        ),
        receipt_text(order),
        *_how(order),
        link,
    ]
    return subject, "\n\n".join(parts) + "\n"


def _how(order: Order) -> list[str]:
    """Where it goes and whom to call; the note is the customer's own words."""
    place: list[str] = [order.fulfillment.type]
    if order.fulfillment.table:
        place.append(f"table {order.fulfillment.table}")
    address = order.fulfillment.address
    if address:
        fields = (address.line1, address.line2, address.city, address.region, address.postal_code)
        place.append(", ".join(part for part in fields if part))
    people = " · ".join(part for part in (order.contact.name, order.contact.phone) if part)
    note = f"Note / 备注: {order.note}" if order.note else ""
    return [part for part in (" · ".join(place), people, note) if part]
