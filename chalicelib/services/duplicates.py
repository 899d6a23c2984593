"""The guard against ordering the same twice by accident: who, where and what, as one key."""

import hashlib
import unicodedata

import msgspec

from chalicelib.domain.identity import Caller
from chalicelib.domain.order_requests import OrderRequest, RequestedContact

# At a counter the same order by the same device is another guest's lunch.
_UNGUARDED_CHANNELS = frozenset({"kiosk", "pos"})


def guard_key(request: OrderRequest, caller: Caller) -> str | None:
    """The same for two requests that only an accident would make; None where nobody is known."""
    who = _identity(request.contact, caller)
    if who is None or request.channel in _UNGUARDED_CHANNELS:
        return None
    lines = sorted((line.sku, line.quantity, sorted(line.options)) for line in request.line_items)
    place = msgspec.json.encode(
        [request.store_id, request.fulfillment.type, request.fulfillment.table,
         request.fulfillment.address, lines]
    )  # fmt: skip
    return f"guard#{hashlib.sha256(who.encode() + place).hexdigest()}"


def _identity(contact: RequestedContact, caller: Caller) -> str | None:
    if caller.customer_id:
        return caller.key
    if contact.phone:
        return "phone:" + "".join(c for c in contact.phone if c.isdigit())
    if contact.email:
        return "email:" + unicodedata.normalize("NFC", contact.email).casefold()
    return None
