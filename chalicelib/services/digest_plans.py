"""When each store's daily digest goes out, and who reads it: set by managers, joined by anyone.

What is no store's has a digest of its own, for those who work at all of them.
"""

from datetime import datetime

import msgspec

from chalicelib.domain import digests as domain
from chalicelib.domain.clock import from_epoch_ms
from chalicelib.domain.digests import STAGE, STAGE_NAME, Plan
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.identity import Caller
from chalicelib.domain.text import Text
from chalicelib.domain.thresholds import AlertChannel
from chalicelib.services import catalogue
from chalicelib.services.alert_contacts import own_contacts
from chalicelib.services.races import looking_again
from chalicelib.store import digests as table
from chalicelib.store import subject_notes


class Place(msgspec.Struct, frozen=True):
    """A store as its digest names it, or what is behind them all."""

    store_id: str
    name: Text
    time_zone: str


class Planned(msgspec.Struct, frozen=True):
    """A place's plan, and when its digest goes out next: None without an hour or readers."""

    place: Place
    plan: Plan
    next_at: datetime | None


def list_plans(caller: Caller) -> list[Planned]:
    """One for each place that the caller works at, whether anybody has set it or not."""
    notes = subject_notes.read()
    plans = {plan.store_id: plan for plan in table.plans_in(notes)}
    due = table.next_ms_of(notes)
    return [
        Planned(
            place=place,
            plan=plans.get(place.store_id) or Plan(store_id=place.store_id),
            next_at=from_epoch_ms(due[place.store_id]) if place.store_id in due else None,
        )
        for place in places().values()
        if caller.works_at(place.store_id)
    ]


def places() -> dict[str, Place]:
    """Every store, and what is behind them by the clock that they share, or UTC."""
    known = catalogue.current_snapshot().stores.values()
    zones = {store.time_zone for store in known}
    found = [Place(store.store_id, store.name, store.time_zone) for store in known]
    found.append(Place(STAGE, STAGE_NAME, zones.pop() if len(zones) == 1 else "UTC"))
    return {place.store_id: place for place in found}


@looking_again
def change(
    store_id: str, hour: str | None, channels: tuple[AlertChannel, ...], caller: Caller,
    now: datetime,
) -> Planned:  # fmt: skip
    """An hour of None sends none. Who reads it by their own addresses stays."""
    place, plan = _load(store_id, caller)
    once_each = tuple(dict.fromkeys(channels))
    return _save(place, msgspec.structs.replace(plan, hour=hour, channels=once_each), now)


@looking_again
def subscribe(
    store_id: str, channels: tuple[AlertChannel, ...], caller: Caller, now: datetime
) -> Planned:
    """Send the caller the digest by their own mail or phone; by nothing ends it.

    Raises `Conflict` `no_own_address` where their profile has no such address.
    """
    place, plan = _load(store_id, caller)
    missing = [name for name in channels if not own_contacts(caller.id, name)]
    if missing:
        raise Conflict(f"Your profile has no address for {missing[0]}.", code="no_own_address")
    staff = {who: theirs for who, theirs in plan.staff.items() if who != caller.id}
    if channels:
        staff[caller.id] = tuple(dict.fromkeys(channels))
    if len(staff) > domain.SUBSCRIBERS_MAX:
        raise Conflict("Too many people read this digest.", code="digest_full")
    return _save(place, msgspec.structs.replace(plan, staff=staff), now)


@looking_again
def remove_reader(store_id: str, staff_id: str, caller: Caller, now: datetime) -> Planned:
    """Send it to somebody no more, say because they left."""
    place, plan = _load(store_id, caller)
    if staff_id not in plan.staff:
        raise NotFound("Nobody of this id reads the digest.", code="reader_not_found")
    return _save(place, _without(plan, staff_id), now)


@looking_again
def forget_reader(store_id: str, staff_id: str, now: datetime) -> None:
    """They work there no more."""
    place, plan = places().get(store_id), _plan_of(store_id)
    if place and staff_id in plan.staff:
        _save(place, _without(plan, staff_id), now)


def _without(plan: Plan, staff_id: str) -> Plan:
    staff = {who: theirs for who, theirs in plan.staff.items() if who != staff_id}
    return msgspec.structs.replace(plan, staff=staff)


def _load(store_id: str, caller: Caller) -> tuple[Place, Plan]:
    caller.require_store(store_id)
    place = places().get(store_id)
    if place is None:
        raise NotFound("There is no such store.", code="store_not_found")
    return place, _plan_of(store_id)


def _plan_of(store_id: str) -> Plan:
    plans = {plan.store_id: plan for plan in table.plans_in(subject_notes.read())}
    return plans.get(store_id) or Plan(store_id=store_id)


def _save(place: Place, plan: Plan, now: datetime) -> Planned:
    next_at = plan.next_at(place.time_zone, now)
    return Planned(place, table.save_plan(plan, next_at), next_at)
