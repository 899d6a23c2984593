"""In which currencies a store charges by now, and what an amount comes to in each."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.domain import charges
from chalicelib.domain.catalogue import Store
from chalicelib.domain.charges import Charge
from chalicelib.domain.errors import Conflict
from chalicelib.domain.money import Money

# A rate that makes nothing of an order, or more than any payment company takes, is a slip.
_CHARGEABLE_MINOR = range(1, 10**15)


def options(store: Store, amount: Money, now: datetime) -> list[Charge]:
    """The currencies besides the store's own whose rates hold, and in which it is an amount."""
    quoted = (
        charges.quoted(amount, rate)
        for rate in store.charge_currencies
        if rate.rated_at <= now < rate.valid_until
    )
    return [charge for charge in quoted if charge.amount.amount_minor in _CHARGEABLE_MINOR]


def wanted(
    store: Store, amount: Money, currency: str, expected: Money | UnsetType, now: datetime
) -> Charge | UnsetType:
    """The charge of an amount in a currency of the buyer's choice; nothing for the store's own.

    Raises `Conflict` with what there is now where the rate has lapsed or the charge changed.
    """
    if currency == store.currency and expected in (UNSET, amount):
        return UNSET
    current = options(store, amount, now)
    found = next((one for one in current if one.amount.currency == currency), None)
    if found is not None and expected in (UNSET, found.amount):
        return found
    has_lapsed = found is None and currency != store.currency
    raise Conflict(
        "The exchange rate does not hold any more; choose again."
        if has_lapsed
        else "The charge is another by now; look at it again.",
        code="rate_expired" if has_lapsed else "charge_changed",
        amount=msgspec.to_builtins(amount),
        charges=msgspec.to_builtins([shown(one) for one in current]),
    )


class ShownCharge(msgspec.Struct, frozen=True, kw_only=True):
    """`rate` of the charge's currency is one of the store's, margin included."""

    amount: Money
    rate: str
    margin_basis_points: int
    rate_source: str
    rate_at: datetime
    valid_until: datetime
    rounding: str


def shown(charge: Charge) -> ShownCharge:
    """What a buyer sees of a charge, before and after paying."""
    return ShownCharge(**{name: getattr(charge, name) for name in ShownCharge.__struct_fields__})
