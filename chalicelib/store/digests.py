"""What goes out together, between being held and being queued: small items that each sweep reads.

Held calls become a round, and a plan's hour its digest, in one transaction with the mark that it
happened: of two sweeps one does it. What is to be queued stands there until it is.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.domain.alerts import Alert
from chalicelib.domain.clock import epoch_ms
from chalicelib.domain.digests import Daily, Plan, Round
from chalicelib.domain.errors import Stale
from chalicelib.store import client
from chalicelib.store.client import Delete, Put, TransactionRefused, Write
from chalicelib.store.subject_notes import Notes, key_of, note
from chalicelib.store.tables import OperationItem

_HELD, _MARK, _PLAN = "held", "round", "plan"
_ROUND_OUT, _DAILY_OUT = "out-round", "out-daily"
Outgoing = Literal["out-round", "out-daily"]
# A transaction holds as many items, with the mark and the round beside them.
CALLS_MAX = 90


def hold(call: Alert) -> Put:
    """The write that keeps a call until its round."""
    return Put(note(_HELD, call.alert_id, data=call))


def held_in(notes: Notes) -> list[Alert]:
    found = notes.get(_HELD, ())
    calls = [msgspec.json.decode(item.data, type=Alert) for item in found]
    return sorted(calls, key=lambda call: (call.at, call.alert_id))[:CALLS_MAX]


def last_round_ms(notes: Notes) -> int | None:
    return next((int(item.expires_ms or 0) for item in notes.get(_MARK, ())), None)


def start_round(
    round_: Round | None, held: Iterable[Alert], last_ms: int | None, now: datetime
) -> bool:
    """Take the held calls into a round, or away for good; False when another sweep did it."""
    mark = note(_MARK, "calls", expires_ms=epoch_ms(now))
    known = (
        OperationItem.PK.does_not_exist() if last_ms is None
        else OperationItem.expires_ms == last_ms
    )  # fmt: skip
    writes: list[Write] = [Delete(note(_HELD, call.alert_id)) for call in held]
    if round_ is not None:
        writes = [Put(mark, known), Put(note(_ROUND_OUT, round_.round_id, data=round_)), *writes]
    try:
        client.transact(writes)
    except TransactionRefused:
        return False
    return True


def rounds_out(notes: Notes) -> list[Round]:
    return [msgspec.json.decode(item.data, type=Round) for item in notes.get(_ROUND_OUT, ())]


def dailies_out(notes: Notes) -> list[Daily]:
    return [msgspec.json.decode(item.data, type=Daily) for item in notes.get(_DAILY_OUT, ())]


def done(kind: Outgoing, key: str) -> None:
    """It is queued."""
    with client.translating():
        note(kind, key).delete()


def plans_in(notes: Notes) -> list[Plan]:
    return [_plan(item) for item in notes.get(_PLAN, ())]


def due_plans(notes: Notes, now: datetime) -> list[tuple[Plan, int]]:
    """Those whose hour has come, each with when it came."""
    dated = [(_plan(item), int(item.expires_ms or 0)) for item in notes.get(_PLAN, ())]
    return [(plan, due) for plan, due in dated if 0 < due <= epoch_ms(now)]


def next_ms_of(notes: Notes) -> dict[str, int]:
    """When each store's digest is due next, where one is."""
    found = notes.get(_PLAN, ())
    return {key_of(item): int(item.expires_ms) for item in found if item.expires_ms}


def _plan(item: OperationItem) -> Plan:
    plan = msgspec.json.decode(item.data, type=Plan)
    return msgspec.structs.replace(plan, version=int(item.version or 0))


def save_plan(plan: Plan, next_at: datetime | None) -> Plan:
    """Raises `Stale` when the plan was changed by someone else since it was read."""
    try:
        client.transact([_saved(plan, next_at)])
    except TransactionRefused as refused:
        raise Stale("The digest has changed in the meantime.") from refused
    return msgspec.structs.replace(plan, version=plan.version + 1)


def send_daily(plan: Plan, next_at: datetime | None, daily: Daily | None) -> bool:
    """Move the plan to its next hour, with the digest of this one; False as in `start_round`."""
    writes: Sequence[Write] = [_saved(plan, next_at)]
    if daily is not None:
        writes = [*writes, Put(note(_DAILY_OUT, daily.digest_id, data=daily))]
    try:
        client.transact(writes)
    except TransactionRefused:
        return False
    return True


def _saved(plan: Plan, next_at: datetime | None) -> Put:
    item = note(
        _PLAN, plan.store_id, data=plan, version=plan.version + 1,
        expires_ms=epoch_ms(next_at) if next_at else None,
    )  # fmt: skip
    unchanged = OperationItem.version == plan.version
    return Put(item, unchanged if plan.version else OperationItem.PK.does_not_exist())
