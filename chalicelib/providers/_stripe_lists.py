"""What Stripe lists: events, whether or not their webhooks arrived. Private to `stripe.py`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.money import Money
from chalicelib.domain.statements import Period, StatementLine
from chalicelib.providers._stripe import EVENT_TYPES, Event, Refund, event_told, from_stripe
from chalicelib.providers.base import EventPage, ToldEvent
from chalicelib.providers.base_events import at

_PAGE = 100
_PAGES_MAX = 10
_STATEMENT_PAGES_MAX = 500
_FIRST_LOOK = timedelta(hours=1)
# Stripe may list an event a little later than one that it made after it.
_SETTLED_AFTER = timedelta(seconds=60)


class Listed(msgspec.Struct):
    data: list[msgspec.Raw]
    has_more: bool = False


Load = Callable[[str], Listed]


def page_of_events(load: Load, cursor: str | None, now: datetime) -> EventPage:
    if cursor is None:
        raws, more = _since(load, now - _FIRST_LOOK), False
    else:
        listed = load(_query(("ending_before", cursor)))
        raws, more = listed.data, listed.has_more
    told = [(msgspec.json.decode(raw, type=Event), bytes(raw)) for raw in reversed(raws)]
    settled = (now - _SETTLED_AFTER).timestamp()
    ids = [event.id for event, _ in told if more or event.created <= settled]
    return EventPage(
        told=tuple(ToldEvent(event_told(event), raw) for event, raw in told),
        cursor=ids[-1] if ids else cursor,
        more=more,
    )


def _since(load: Load, start: datetime) -> list[msgspec.Raw]:
    """All from then on, the newest first."""
    since = ("created[gte]", str(int(start.timestamp())))
    raws: list[msgspec.Raw] = []
    after: tuple[tuple[str, str], ...] = ()
    for _ in range(_PAGES_MAX):
        listed = load(_query(since, *after))
        raws += listed.data
        if not listed.has_more:
            break
        after = (("starting_after", msgspec.json.decode(raws[-1], type=Event).id),)
    return raws


def _query(*pairs: tuple[str, str]) -> str:
    types = [("types[]", name) for name in EVENT_TYPES]
    return urlencode([("limit", str(_PAGE)), *types, *pairs])


class _BalanceTransaction(msgspec.Struct):
    """`currency` is that of the account, in which the fee is kept."""

    fee: int
    currency: str


class _Charge(msgspec.Struct):
    id: str
    amount_captured: int
    currency: str
    created: int
    captured: bool = False
    payment_intent: str | None = None
    metadata: dict[str, str] = {}
    balance_transaction: _BalanceTransaction | str | None = None


def statement(load: Callable[[str, str], Listed], period: Period) -> list[StatementLine]:
    """Every capture and every refund that went through."""
    raws = _whole(load, "charges", period, ("expand[]", "data.balance_transaction"))
    charges = [msgspec.json.decode(raw, type=_Charge) for raw in raws]
    refunds = [msgspec.json.decode(raw, type=Refund) for raw in _whole(load, "refunds", period)]
    taken = [_charge_line(charge) for charge in charges if charge.captured]
    return taken + [_refund_line(one) for one in refunds if one.status == "succeeded"]


def _whole(
    load: Callable[[str, str], Listed], name: str, period: Period, *more: tuple[str, str]
) -> list[msgspec.Raw]:
    span = [
        *more,
        ("created[gte]", str(int(period.since.timestamp()))),
        ("created[lt]", str(int(period.until.timestamp()))),
        ("limit", str(_PAGE)),
    ]
    raws: list[msgspec.Raw] = []
    after: list[tuple[str, str]] = []
    for _ in range(_STATEMENT_PAGES_MAX):
        listed = load(name, urlencode(span + after))
        raws += listed.data
        if not listed.has_more:
            return raws
        after = [("starting_after", msgspec.json.decode(raws[-1], type=_Identified).id)]
    raise Unavailable("There is more in Stripe's books than can be read at once.")


class _Identified(msgspec.Struct):
    id: str


def _charge_line(charge: _Charge) -> StatementLine:
    return StatementLine(
        kind="payment",
        reference=charge.payment_intent or charge.id,
        amount=from_stripe(charge.amount_captured, charge.currency),
        occurred_at=at(charge.created),
        order_id=charge.metadata.get("order_id"),
        payment_id=charge.metadata.get("payment_id"),
        fee=_fee(charge.balance_transaction),
    )


def _fee(moved: _BalanceTransaction | str | None) -> Money | None:
    """Not known before the bank has settled the charge."""
    return (
        from_stripe(moved.fee, moved.currency) if isinstance(moved, _BalanceTransaction) else None
    )


def _refund_line(refund: Refund) -> StatementLine:
    return StatementLine(
        kind="refund",
        reference=refund.id,
        payment_reference=refund.payment_intent,
        amount=from_stripe(refund.amount, refund.currency),
        occurred_at=at(refund.created),
        order_id=refund.metadata.get("order_id"),
        payment_id=refund.metadata.get("payment_id"),
        refund_id=refund.metadata.get("refund_id"),
    )
