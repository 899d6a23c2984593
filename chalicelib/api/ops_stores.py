"""Stores as staff run them: settings, pausing and resuming."""

from datetime import datetime

import msgspec

from chalicelib.api import etags
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.api.catalogue_views import SpanView, hours_view
from chalicelib.domain.catalogue import Store, StoreState
from chalicelib.domain.catalogue_requests import PauseRequest, ResumeRequest, StorePatch
from chalicelib.domain.charges import ChargeRate
from chalicelib.domain.money import Money
from chalicelib.domain.text import Text
from chalicelib.services import catalogue, stores

routes = ApiBlueprint(__name__)


class StoreSettings(msgspec.Struct, kw_only=True):
    """Everything that staff set, and whether the store is paused."""

    store_id: str
    name: Text
    address: Text
    currency: str
    time_zone: str
    hours: dict[str, list[SpanView]]
    tables: tuple[str, ...]
    fulfillment_types: tuple[str, ...]
    payment_methods: tuple[str, ...]
    merchant_email: str | None
    tax_id: str | None
    country: str | None
    einvoice_provider: str | None
    einvoice_goods_code: str | None
    tax_basis_points: int
    tax_inclusive: bool
    delivery_fee: Money
    minimum_order: Money
    on_site_allowed: bool
    order_expires_seconds: int
    duplicate_window_seconds: int
    promise_seconds: dict[str, int]
    charge_currencies: tuple[ChargeRate, ...]
    answer_seconds: int
    unanswered: dict[str, str]
    paused: bool
    pause_reason: str | None
    paused_until: datetime | None


class StoreSettingsList(msgspec.Struct):
    items: list[StoreSettings]
    next_cursor: str | None = None


class PauseView(msgspec.Struct, kw_only=True):
    store_id: str
    paused: bool
    reason: str | None
    until: datetime | None


@routes.get(
    "/ops/stores",
    summary="The stores that one works at, with their settings",
    access="staff",
    returns=StoreSettingsList,
)
def list_settings(request: Request[None]) -> StoreSettingsList:
    mine = stores.list_stores(request.caller)
    states = catalogue.states_of(store.store_id for store in mine)
    return StoreSettingsList([_settings(s, states.get(s.store_id), request.now) for s in mine])


@routes.get(
    "/ops/stores/{store_id}",
    summary="One store's settings",
    access="staff",
    returns=StoreSettings,
)
def read_settings(request: Request[None], store_id: str) -> Reply:
    return _shown(stores.load_store(request.caller, store_id), request.now)


@routes.patch(
    "/ops/stores/{store_id}",
    summary="Change a store's settings; what is absent stays as it is",
    roles=("manager",),
    body=StorePatch,
    returns=StoreSettings,
)
def change_settings(request: Request[StorePatch], store_id: str) -> Reply:
    def check(store: Store) -> None:
        before = _settings(store, None, request.now)
        asked = msgspec.to_builtins(request.body)
        request.trail.before = {name: getattr(before, name) for name in asked}
        etags.require_match(request.headers, etags.digest(store))

    changed = stores.change_settings(store_id, request.body, request.caller, check)
    return _shown(changed, request.now)


@routes.post(
    "/ops/stores/{store_id}/pause",
    summary="Take no orders for a while, and say why",
    roles=("manager",),
    body=PauseRequest,
    returns=PauseView,
)
def pause_store(request: Request[PauseRequest], store_id: str) -> PauseView:
    state = stores.pause(store_id, request.body, request.caller, request.now)
    return _pause_view(state)


@routes.post(
    "/ops/stores/{store_id}/resume",
    summary="Take orders again",
    roles=("manager",),
    body=ResumeRequest,
    returns=PauseView,
)
def resume_store(request: Request[ResumeRequest], store_id: str) -> PauseView:
    return _pause_view(stores.resume(store_id, request.caller))


def _shown(store: Store, now: datetime) -> Reply:
    state = catalogue.states_of([store.store_id]).get(store.store_id)
    view = _settings(store, state, now)
    return Reply(view, etag=f"{etags.digest(store)}.{etags.digest(view)}")


def _settings(store: Store, state: StoreState | None, now: datetime) -> StoreSettings:
    fields = msgspec.structs.asdict(store)
    paused = state is not None and state.paused_at(now)
    return StoreSettings(
        hours=hours_view(fields.pop("hours")),
        delivery_fee=Money(fields.pop("delivery_fee_minor"), store.currency),
        minimum_order=Money(fields.pop("minimum_order_minor"), store.currency),
        paused=paused,
        pause_reason=state.reason if state and paused else None,
        paused_until=state.until if state and paused else None,
        **fields,
    )


def _pause_view(state: StoreState) -> PauseView:
    return PauseView(
        store_id=state.store_id, paused=state.paused, reason=state.reason, until=state.until
    )
