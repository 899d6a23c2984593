"""Guests: a token that stands for one order, and taking that order into an account."""

import base64
import hashlib
import hmac
from datetime import datetime

import msgspec

from chalicelib.domain import orders as domain
from chalicelib.domain.errors import Conflict
from chalicelib.domain.identity import Caller
from chalicelib.services import orders, secrets
from chalicelib.services.races import looking_again
from chalicelib.services.secrets import Keyring
from chalicelib.store import invoices
from chalicelib.store import orders as table
from chalicelib.store.order_files import OrderFile

_PURPOSE = "guest-token"
_MAX_LENGTH = 200


def guest_token(order_id: str, keyring: Keyring | None = None) -> str:
    """`<key version>.<order id>.<signature>`: derived, so it is never stored anywhere."""
    version, key = (keyring or secrets.keyring()).current(_PURPOSE)
    return f"{version}.{order_id}.{_signature(key, order_id)}"


def order_of(token: str, keyring: Keyring | None = None) -> str | None:
    """The one order this token is good for, or None when it is not ours."""
    parts = token.split(".")
    if len(token) > _MAX_LENGTH or not token.isascii() or len(parts) != 3:
        return None
    version, order_id, signature = parts
    key = (keyring or secrets.keyring()).find(_PURPOSE, version)
    if key is None or not hmac.compare_digest(_signature(key, order_id), signature):
        return None
    return order_id


def claim(order_id: str, token: str, caller: Caller, now: datetime) -> OrderFile:
    """Take a guest's order into the caller's account; claiming one's own changes nothing.

    Raises `NotFound` for a token that is not this order's, `Conflict` when somebody else has it.
    """
    if order_of(token) != order_id:
        raise table.not_found()
    return _claimed(order_id, caller, now)


@looking_again
def _claimed(order_id: str, caller: Caller, now: datetime) -> OrderFile:
    file = table.load_file(order_id)
    owner = file.order.customer_id
    if owner is not None and owner == caller.customer_id:
        return file
    if owner is not None or caller.customer_id is None:
        raise Conflict("This order belongs to another account.", code="not_claimable")
    taken = msgspec.structs.replace(file.order, customer_id=caller.customer_id)
    actor = orders.actor_of(caller)
    after, events = domain.happened(taken, (("order.claimed", {}),), actor, now)
    change = domain.Change(before=file.order, order=after, events=events)
    listed = tuple(invoices.listed(caller.customer_id, one) for one in file.invoices)
    return file.after(orders.save(change, now, also=listed), change)


def _signature(key: bytes, order_id: str) -> str:
    digest = hmac.new(key, order_id.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
