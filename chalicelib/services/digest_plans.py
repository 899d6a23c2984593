"""When each store's daily digest goes out, and who reads it: set by managers, joined by anyone."""

from datetime import datetime

import msgspec

from chalicelib.domain import digests as domain
from chalicelib.domain.catalogue import Store
from chalicelib.domain.clock import from_epoch_ms
from chalicelib.domain.digests import Plan
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.identity import Caller
from chalicelib.domain.thresholds import AlertChannel
from chalicelib.services import catalogue, stores
from chalicelib.services.alert_contacts import own_contacts
from chalicelib.services.races import looking_again
from chalicelib.store import digests as table
from chalicelib.store import subject_notes


class Planned(msgspec.Struct, frozen=True):
    """A store's plan, and when its digest goes out next: None without an hour or readers."""

    store: Store
    plan: Plan
    next_at: datetime | None


def list_plans(caller: Caller) -> list[Planned]:
    """One for each store that the caller works at, whether anybody has set it or not."""
    notes = subject_notes.read()
    plans = {plan.store_id: plan for plan in table.plans_in(notes)}
    due = table.next_ms_of(notes)
    return [
        Planned(
            store=store,
            plan=plans.get(store.store_id) or Plan(store_id=store.store_id),
            next_at=from_epoch_ms(due[store.store_id]) if store.store_id in due else None,
        )
        for store in stores.list_stores(caller)
    ]


@looking_again
def change(
    store_id: str, hour: str | None, channels: tuple[AlertChannel, ...], caller: Caller,
    now: datetime,
) -> Planned:  # fmt: skip
    """An hour of None sends none. Who reads it by their own addresses stays."""
    store, plan = _load(store_id, caller)
    once_each = tuple(dict.fromkeys(channels))
    return _save(store, msgspec.structs.replace(plan, hour=hour, channels=once_each), now)


@looking_again
def subscribe(
    store_id: str, channels: tuple[AlertChannel, ...], caller: Caller, now: datetime
) -> Planned:
    """Send the caller the digest by their own mail or phone; by nothing ends it.

    Raises `Conflict` `no_own_address` where their profile has no such address.
    """
    store, plan = _load(store_id, caller)
    missing = [name for name in channels if not own_contacts(caller.id, name)]
    if missing:
        raise Conflict(f"Your profile has no address for {missing[0]}.", code="no_own_address")
    staff = {who: theirs for who, theirs in plan.staff.items() if who != caller.id}
    if channels:
        staff[caller.id] = tuple(dict.fromkeys(channels))
    if len(staff) > domain.SUBSCRIBERS_MAX:
        raise Conflict("Too many people read this digest.", code="digest_full")
    return _save(store, msgspec.structs.replace(plan, staff=staff), now)


@looking_again
def remove_reader(store_id: str, staff_id: str, caller: Caller, now: datetime) -> Planned:
    """Send it to somebody no more, say because they left."""
    store, plan = _load(store_id, caller)
    if staff_id not in plan.staff:
        raise NotFound("Nobody of this id reads the digest.", code="reader_not_found")
    staff = {who: theirs for who, theirs in plan.staff.items() if who != staff_id}
    return _save(store, msgspec.structs.replace(plan, staff=staff), now)


def _load(store_id: str, caller: Caller) -> tuple[Store, Plan]:
    caller.require_store(store_id)
    store = catalogue.store_in(catalogue.current_snapshot(), store_id)
    plans = {plan.store_id: plan for plan in table.plans_in(subject_notes.read())}
    return store, plans.get(store_id) or Plan(store_id=store_id)


def _save(store: Store, plan: Plan, now: datetime) -> Planned:
    next_at = plan.next_at(store.time_zone, now)
    return Planned(store, table.save_plan(plan, next_at), next_at)
