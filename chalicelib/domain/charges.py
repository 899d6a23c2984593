"""Charging in another currency than the store's: the rate, the rounding, and the way back.

An order, its invoices and its ledger stay in the store's currency. What the provider takes and
gives back is booked as its share of the payment, so that all of the one is all of the other.
"""

from datetime import datetime
from typing import Annotated, Literal, NamedTuple

import msgspec

from chalicelib.domain.money import EXPONENTS, Money

# The smallest amounts, in minor units, that payment companies take where that is not one of them.
_STEPS = {"BHD": 10, "HUF": 100, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10, "TWD": 100}
_WHOLE_BASIS_POINTS = 10_000

RateText = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,12})?$(?!\n)")]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$(?!\n)")]


class ChargeRate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A currency that buyers may be charged in: `rate` of it is one of the store's.

    `source` says whose rate it is and `rated_at` of when; `margin_basis_points` come on top.
    """

    currency: Currency
    rate: RateText
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    rated_at: Annotated[datetime, msgspec.Meta(tz=True)]
    valid_until: Annotated[datetime, msgspec.Meta(tz=True)]
    margin_basis_points: Annotated[int, msgspec.Meta(ge=0, le=2_000)] = 0


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider is to take for a payment, and how that came about; kept with the payment.

    `rate` is the applied one, margin included. The amount is rounded to a multiple of `step`.
    """

    amount: Money
    rate: str
    rate_source: str
    rate_at: datetime
    valid_until: datetime
    margin_basis_points: int
    step: int
    rounding: Literal["half_up"] = "half_up"
    captured_minor: int = 0


class Given(NamedTuple):
    """What of a payment went back or is promised: in the store's currency and in the charge's."""

    minor: int
    charged_minor: int


def quoted(amount: Money, rate: ChargeRate) -> Charge:
    """An amount in the store's currency as it would be charged."""
    applied = applied_rate(rate)
    step = _STEPS.get(rate.currency, 1)
    digits, scale = _ratio(applied)
    value = amount.amount_minor * digits * 10 ** EXPONENTS[rate.currency]
    per_step = scale * 10 ** EXPONENTS[amount.currency] * step
    return Charge(
        amount=Money(_half_up(value, per_step) * step, rate.currency),
        rate=applied,
        rate_source=rate.source,
        rate_at=rate.rated_at,
        valid_until=rate.valid_until,
        margin_basis_points=rate.margin_basis_points,
        step=step,
    )


def applied_rate(rate: ChargeRate) -> str:
    """The rate with its margin, exactly."""
    digits, scale = _ratio(rate.rate)
    with_margin = digits * (_WHOLE_BASIS_POINTS + rate.margin_basis_points)
    places = len(str(scale * _WHOLE_BASIS_POINTS)) - 1
    text = str(with_margin).rjust(places + 1, "0")
    return f"{text[:-places]}.{text[-places:]}".rstrip("0").rstrip(".")


def at_home(part_minor: int, charged_minor: int, home_minor: int) -> int:
    """What a part of a charge is in the store's currency, where the whole of it is `home_minor`.

    No rounding makes a part the whole: what was taken short stays short, and too much too much.
    """
    if part_minor == charged_minor or not charged_minor:
        return home_minor
    share = _half_up(part_minor * home_minor, charged_minor)
    if part_minor > charged_minor:
        return max(share, home_minor + 1)
    return max(0, min(share, home_minor - 1))


def part_to_return(minor: int, given: Given, captured_minor: int, charge: Charge) -> Money:
    """What the provider is to give back for `minor`: so much that all parts so far come to their
    share of what it took. The last part takes what is left, and the sum is exact.
    """
    after = given.minor + minor
    share = charge.captured_minor
    if after < captured_minor:
        value = after * charge.captured_minor
        share = _half_up(value, captured_minor * charge.step) * charge.step
    part = min(share, charge.captured_minor) - given.charged_minor
    return Money(max(0, part), charge.amount.currency)


def part_returned(charged_minor: int, given: Given, captured_minor: int, charge: Charge) -> int:
    """What was given back at the provider, in the store's currency, by the same law."""
    after = given.charged_minor + charged_minor
    return max(0, at_home(after, charge.captured_minor, captured_minor) - given.minor)


def _ratio(rate: str) -> tuple[int, int]:
    whole, _, places = rate.partition(".")
    return int(whole + places), 10 ** len(places)


def _half_up(value: int, divisor: int) -> int:
    return (2 * value + divisor) // (2 * divisor)
