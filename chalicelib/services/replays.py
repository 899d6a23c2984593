"""Idempotency keys of requests that have no record of their own to be found by.

Orders, payments, refunds and stock movements find themselves by key; everything else is kept here
for 30 days: who, which key, what was asked, and the answer.
"""

import hashlib
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.errors import Conflict, InvalidInput
from chalicelib.domain.identity import Caller
from chalicelib.store import replays as table
from chalicelib.store.replays import Kept

# Longer than a function lives: whoever claimed it is gone by then.
_CLAIM = timedelta(seconds=60)


class Ticket(msgspec.Struct, frozen=True):
    """The right to carry a request out, or the answer it had (`kept`)."""

    replay_id: str
    fingerprint: str
    now: datetime
    kept: Kept | None = None


def admit(caller: Caller, key: str, asked: bytes, now: datetime) -> Ticket:
    """Raises `InvalidInput` `idempotency_key_reused`, or `Conflict` `request_in_progress`."""
    whose = caller.id if caller.kind == "guest" else caller.key
    replay_id = hashlib.sha256(f"{whose}\0{key}".encode()).hexdigest()
    fingerprint = hashlib.sha256(asked).hexdigest()
    if table.claim(replay_id, fingerprint, now, now + _CLAIM):
        return Ticket(replay_id, fingerprint, now)
    kept = table.find(replay_id)
    if kept is None:
        raise Conflict("The same request has just been refused.", code="request_in_progress")
    if kept.fingerprint != fingerprint:
        raise InvalidInput("Another request has this key.", code="idempotency_key_reused")
    if kept.status is None:
        raise Conflict("The same request is under way.", code="request_in_progress")
    return Ticket(replay_id, fingerprint, now, kept)


def keep(ticket: Ticket, status: int, body: str) -> None:
    kept = Kept(fingerprint=ticket.fingerprint, claimed_until=ticket.now, status=status, body=body)
    table.keep(ticket.replay_id, kept, ticket.now)


def release(ticket: Ticket) -> None:
    table.release(ticket.replay_id)
