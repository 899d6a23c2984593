"""PayPal's objects as far as Docket reads them, its amounts, and our ids in them.

Our ids travel as `custom_id`: `<order_id>/<payment_id>`, of a refund with `/<refund_id>` behind.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

import msgspec

from chalicelib.domain.money import EXPONENTS, Money
from chalicelib.providers.base import ProviderRefused, RefundPayment, StartPayment

# What PayPal takes; CNY only from accounts in China.
CURRENCIES = frozenset({
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY",
    "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
})  # fmt: skip
_EARLIEST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


When = Annotated[datetime, msgspec.Meta(tz=True)]


class Amount(msgspec.Struct):
    currency_code: str
    value: str


class Link(msgspec.Struct):
    href: str
    rel: str


class Details(msgspec.Struct):
    reason: str | None = None


class _Related(msgspec.Struct):
    order_id: str | None = None


class _Supplement(msgspec.Struct):
    related_ids: _Related = msgspec.field(default_factory=_Related)


class Capture(msgspec.Struct):
    id: str
    status: str
    amount: Amount
    custom_id: str = ""
    update_time: When = _EARLIEST
    status_details: Details = msgspec.field(default_factory=Details)
    supplementary_data: _Supplement = msgspec.field(default_factory=_Supplement)


class Refund(msgspec.Struct):
    id: str
    status: str
    amount: Amount
    custom_id: str = ""
    update_time: When = _EARLIEST
    status_details: Details = msgspec.field(default_factory=Details)
    links: list[Link] = []

    @property
    def capture_id(self) -> str | None:
        """Of the payment that it goes back to: the end of the link `up`."""
        return next((link.href.rpartition("/")[2] for link in self.links if link.rel == "up"), None)


class _Payments(msgspec.Struct):
    captures: list[Capture] = []
    refunds: list[Refund] = []


class Unit(msgspec.Struct):
    custom_id: str = ""
    amount: Amount | None = None
    payments: _Payments = msgspec.field(default_factory=_Payments)


class Order(msgspec.Struct):
    id: str
    status: str
    purchase_units: list[Unit] = []
    links: list[Link] = []
    update_time: When = _EARLIEST

    @property
    def unit(self) -> Unit:
        return self.purchase_units[0] if self.purchase_units else Unit()

    @property
    def capture(self) -> Capture | None:
        """The last one: those before it were declined."""
        captures = self.unit.payments.captures
        return captures[-1] if captures else None


class ToldOrder(msgspec.Struct):
    """As events describe it: a reversed approval has no `id`."""

    id: str = ""
    order_id: str = ""
    purchase_units: list[Unit] = []


class Disputed(msgspec.Struct):
    seller_transaction_id: str
    custom: str = ""


class Outcome(msgspec.Struct):
    outcome_code: str = ""


class Dispute(msgspec.Struct):
    dispute_id: str
    disputed_transactions: list[Disputed]
    dispute_amount: Amount | None = None
    reason: str = ""
    seller_response_due_date: When | None = None
    dispute_outcome: Outcome = msgspec.field(default_factory=Outcome)


class Event(msgspec.Struct):
    id: str
    event_type: str
    create_time: When
    resource: msgspec.Raw


def to_paypal(amount: Money) -> dict[str, str]:
    """In a decimal string; a few currencies have no decimals at PayPal whatever ISO 4217 says."""
    whole = 10 ** EXPONENTS[amount.currency]
    if amount.currency not in _WHOLE:
        return {"currency_code": amount.currency, "value": amount.decimal()}
    if amount.amount_minor % whole:
        raise ProviderRefused(f"PayPal takes {amount.currency} only in whole units.")
    return {"currency_code": amount.currency, "value": str(amount.amount_minor // whole)}


_WHOLE = frozenset({"HUF", "JPY", "TWD"})


def money(amount: Amount) -> Money:
    """Raises `ValidationError` for what is no amount, as the decoder does for other nonsense."""
    try:
        minor = Decimal(amount.value).scaleb(EXPONENTS[amount.currency_code])
        if minor != int(minor):
            raise msgspec.ValidationError("an amount between two minor units")
        return Money(int(minor), amount.currency_code)
    except (InvalidOperation, KeyError, OverflowError, ValueError) as error:
        raise msgspec.ValidationError("not an amount") from error


def ids_of(payment: StartPayment | RefundPayment) -> str:
    return f"{payment.order_id}/{payment.payment_id}"


def named(custom_id: str) -> dict[str, str]:
    names = ("order_id", "payment_id", "refund_id")
    return dict(zip(names, custom_id.split("/"), strict=False)) if "/" in custom_id else {}
