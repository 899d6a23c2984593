"""What a buyer asks for when paying, with every bound that needs no look at the order."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.domain.charges import Currency
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Device, Method


class PaymentRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /v1/orders/{order_id}/payments`.

    `payer_id` is how the provider knows the buyer; `payer_code` what its own app gave for that.
    `currency` is the one to be charged in, if not the store's; `expected_charge` what the buyer
    was shown.
    """

    provider: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    method: Method
    return_url: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    payer_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] | None = None
    payer_code: Annotated[str, msgspec.Meta(min_length=1, max_length=512)] | None = None
    device: Device | None = None
    currency: Currency | UnsetType = UNSET
    expected_charge: Money | UnsetType = UNSET
