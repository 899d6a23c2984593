"""Charging in another currency: exact at both ends, whatever lies between."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import charges
from chalicelib.domain.charges import ChargeRate, Given
from chalicelib.domain.money import EXPONENTS, Money

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CURRENCIES = st.sampled_from(["JPY", "KRW", "CNY", "USD", "HUF", "KWD", "TND"])
AMOUNTS = st.integers(1, 10**9)
RATES = st.decimals("0.000001", "10000", places=6).map(str)


def a_rate(currency="USD", rate="0.1405", **more):
    return ChargeRate(
        currency=currency, rate=rate, source="test", rated_at=NOON,
        valid_until=NOON + timedelta(days=1), **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "rate", "charge"),
    [
        (Money(1900, "CNY"), a_rate(), Money(267, "USD")),  # 266.95
        (Money(1000, "CNY"), a_rate(rate="0.0005"), Money(1, "USD")),  # 0.5 goes up
        (Money(1900, "CNY"), a_rate("JPY", "20.9"), Money(397, "JPY")),  # 397.1
        (Money(1900, "JPY"), a_rate("KWD", "0.0021"), Money(3990, "KWD")),
        (Money(1901, "JPY"), a_rate("KWD", "0.0021"), Money(3990, "KWD")),  # 3992 in tens
        (Money(1234, "USD"), a_rate("HUF", "334.07"), Money(412_200, "HUF")),  # whole forints
        (Money(10_000, "CNY"), a_rate(margin_basis_points=150), Money(1426, "USD")),
        (Money(1, "JPY"), a_rate(rate="0.001"), Money(0, "USD")),
    ],
)
def test_an_amount_is_rounded_half_up_to_what_can_be_charged(amount, rate, charge):
    assert charges.quoted(amount, rate).amount == charge


def test_the_margin_is_in_the_rate_that_is_kept():
    made = charges.quoted(Money(100, "CNY"), a_rate(rate="0.14", margin_basis_points=150))
    assert (made.rate, made.margin_basis_points, made.rounding) == ("0.1421", 150, "half_up")
    assert charges.applied_rate(a_rate(rate="20")) == "20"


@given(AMOUNTS, CURRENCIES, CURRENCIES, RATES, st.integers(0, 2000))
def test_no_charge_is_off_by_more_than_half_of_what_can_be_charged(minor, home, away, rate, margin):
    made = charges.quoted(Money(minor, home), a_rate(away, rate, margin_basis_points=margin))
    exact = Fraction(minor, 10 ** EXPONENTS[home]) * Fraction(rate) * Fraction(10_000 + margin)
    exact = exact / 10_000 * 10 ** EXPONENTS[away]
    assert abs(made.amount.amount_minor - exact) * 2 <= made.step
    assert made.amount.amount_minor % made.step == 0


@given(AMOUNTS, AMOUNTS, st.integers(0, 2 * 10**9))
def test_all_is_all_and_nothing_short_or_over_rounds_to_it(home, asked, taken):
    booked = charges.at_home(taken, asked, home)
    assert booked >= 0
    assert (taken < asked, taken > asked) == (booked < home, booked > home)


PARTS = st.lists(st.tuples(st.integers(1, 10**6), st.booleans()), max_size=8)


@given(CURRENCIES, CURRENCIES, RATES, st.integers(1, 10**6), PARTS)
def test_refunds_of_all_in_whatever_parts_are_all_of_the_charge(home, away, rate, last, parts):
    """Some of them the buyer's bank sends back, and they are given again with the last."""
    whole = last + sum(part for part, _ in parts)
    charge = charges.quoted(Money(whole, home), a_rate(away, rate))
    charge = msgspec.structs.replace(charge, captured_minor=charge.amount.amount_minor)
    sums = Given(0, 0)
    for part, comes_back in parts:
        back = charges.part_to_return(part, sums, whole, charge)
        assert back.currency == away
        assert 0 <= back.amount_minor <= charge.captured_minor - sums.charged_minor
        if not comes_back:
            sums = Given(sums.minor + part, sums.charged_minor + back.amount_minor)
    rest = charges.part_to_return(whole - sums.minor, sums, whole, charge)
    assert sums.charged_minor + rest.amount_minor == charge.captured_minor


@given(AMOUNTS, st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_refunds_made_at_the_provider_are_all_of_the_payment_when_they_are_all_of_the_charge(
    home, parts
):
    charge = charges.quoted(Money(home, "CNY"), a_rate())
    charge = msgspec.structs.replace(charge, captured_minor=sum(parts))
    sums = Given(0, 0)
    for part in parts:
        booked = charges.part_returned(part, sums, home, charge)
        sums = Given(sums.minor + booked, sums.charged_minor + part)
    assert sums == (home, sum(parts))


@given(AMOUNTS, st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_each_part_is_worth_what_it_is_at_the_recorded_rate(charged, parts):
    """To the minor unit, however many went before."""
    charge = charges.quoted(Money(sum(parts), "CNY"), a_rate())
    charge = msgspec.structs.replace(charge, captured_minor=charged)
    sums = Given(0, 0)
    for part in parts:
        back = charges.part_to_return(part, sums, sum(parts), charge).amount_minor
        assert abs(back - Fraction(part * charged, sum(parts))) <= 1
        sums = Given(sums.minor + part, sums.charged_minor + back)
