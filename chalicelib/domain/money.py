"""Amounts of money as integers of a currency's minor unit, never floats."""

from collections.abc import Iterable
from typing import Annotated

import msgspec

from chalicelib.domain.errors import InvalidInput

# ISO 4217 minor-unit exponents; a currency that is not here is not accepted.
EXPONENTS = {
    "AED": 2, "AUD": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2, "CZK": 2,
    "DKK": 2, "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2, "IDR": 2, "INR": 2, "ISK": 0, "JOD": 3,
    "JPY": 0, "KRW": 0, "KWD": 3, "MOP": 2, "MXN": 2, "MYR": 2, "NOK": 2, "NZD": 2, "OMR": 3,
    "PHP": 2, "PLN": 2, "SEK": 2, "SGD": 2, "THB": 2, "TND": 3, "TWD": 2, "USD": 2, "VND": 0,
    "ZAR": 2,
}  # fmt: skip


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`amount_minor` of `currency`: 1299 CNY is ¥12.99, 1299 JPY is ¥1299."""

    amount_minor: int
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$(?!\n)")]

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount_minor - self._same(other), self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.amount_minor * quantity, self.currency)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise InvalidInput(f"{other.currency} is not {self.currency}", code="currency_mismatch")
        return other.amount_minor

    def decimal(self) -> str:
        """As people write it: `12.99`, `1299`, `1.299`."""
        exponent = EXPONENTS[self.currency]
        sign = "-" if self.amount_minor < 0 else ""
        digits = str(abs(self.amount_minor)).rjust(exponent + 1, "0")
        return sign + (f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits)


def zero(currency: str) -> Money:
    return Money(0, currency)


def total_of(amounts: "list[Money]", currency: str) -> Money:
    return sum(amounts, zero(currency))


def sums(amounts: Iterable[Money]) -> list[Money]:
    """One total for each currency, by its code."""
    found: dict[str, Money] = {}
    for amount in amounts:
        found[amount.currency] = found.get(amount.currency, zero(amount.currency)) + amount
    return [found[currency] for currency in sorted(found)]


def share(amount_minor: int, basis_points: int) -> int:
    """`basis_points` (1/100 of a percent) of an amount, halves rounded up."""
    return (amount_minor * basis_points * 2 + 10_000) // 20_000
