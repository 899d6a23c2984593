"""Being charged in another currency, over HTTP: staff set the rates, buyers see both amounts."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.clock import rfc3339
from tests.factories import MARKET, order_body
from tests.tokens import bearer

MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}")
CUSTOMER = bearer("cus-ada")
SETTINGS = f"/v1/ops/stores/{MARKET}"


def a_rate(**changes):
    now = datetime.now(UTC)
    return {
        "currency": "USD", "rate": "0.1405", "source": "European Central Bank",
        "rated_at": rfc3339(now - timedelta(hours=1)),
        "valid_until": rfc3339(now + timedelta(hours=1)), **changes,
    }  # fmt: skip


def set_rates(client, *rates):
    headers = {"If-Match": "*"}
    body = {"charge_currencies": list(rates)}
    return client.send("PATCH", SETTINGS, body, headers=headers, authorization=MANAGER)


def charges(client, amount_minor):
    return client.send("GET", f"/v1/stores/{MARKET}/charges?amount_minor={amount_minor}")


def pay(client, order_id, **wish):
    body = {"provider": "sandbox", "method": "card", **wish}
    path = f"/v1/orders/{order_id}/payments"
    return client.send("POST", path, body, key="pay-1", authorization=CUSTOMER)


def test_a_buyer_sees_both_amounts_and_is_charged_as_shown(client, cashier):
    assert set_rates(client, a_rate(margin_basis_points=200)).status == 200
    order = client.send(
        "POST", "/v1/orders", order_body(), key="key-1", authorization=CUSTOMER
    ).json
    total = order["totals"]["total"]
    listed = charges(client, total["amount_minor"]).json
    assert listed["amount"] == total
    (offer,) = listed["charges"]
    assert offer["amount"] == {"amount_minor": 272, "currency": "USD"}
    assert (offer["rate"], offer["margin_basis_points"]) == ("0.14331", 200)

    started = pay(client, order["order_id"], currency="USD", expected_charge=offer["amount"])
    assert started.status == 201, started.text
    assert (started.json["amount"], started.json["charge"]) == (total, offer)
    path = started.headers["location"]
    assert client.send("GET", path, authorization=CUSTOMER).json["charge"] == offer


def test_a_payment_in_the_stores_currency_looks_as_ever(client, cashier):
    set_rates(client, a_rate())
    order = client.send(
        "POST", "/v1/orders", order_body(), key="key-1", authorization=CUSTOMER
    ).json
    assert "charge" not in pay(client, order["order_id"]).json


def test_a_lapsed_rate_is_not_offered_and_refused_with_what_is(client, cashier):
    yen = a_rate(currency="JPY", rate="20.9")
    past = rfc3339(datetime.now(UTC) - timedelta(minutes=1))
    set_rates(client, a_rate(valid_until=past), yen)
    assert [one["amount"]["currency"] for one in charges(client, 1900).json["charges"]] == ["JPY"]
    order = client.send(
        "POST", "/v1/orders", order_body(), key="key-1", authorization=CUSTOMER
    ).json
    refused = pay(client, order["order_id"], currency="USD")
    assert (refused.status, refused.code) == (409, "rate_expired")
    assert refused.json["amount"] == order["totals"]["total"]
    assert refused.json["charges"] == charges(client, 1900).json["charges"]


def test_a_rate_that_makes_nothing_or_far_too_much_is_not_offered(client):
    slips = (a_rate(rate="0.000000000001"), a_rate(currency="JPY", rate="999999999"))
    assert set_rates(client, *slips).status == 200
    offered = {
        minor: [one["amount"]["currency"] for one in charges(client, minor).json["charges"]]
        for minor in (1900, 10**12)
    }
    assert offered == {1900: ["JPY"], 10**12: ["USD"]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "CNY"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"rate": "0.000"}, "rate"),
        ({"rate": "1e3"}, "rate"),
        ({"rate": 0.14}, "rate"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "valid_until"),
        ({"margin_basis_points": 2001}, "margin_basis_points"),
    ],
)
def test_rates_that_make_no_sense_are_pointed_at(client, change, field):
    refused = set_rates(client, a_rate(**change))
    assert refused.status == 422, refused.text
    assert refused.json["errors"][0]["pointer"] == f"/charge_currencies/0/{field}"


@pytest.mark.parametrize("amount_minor", ["0", "-1", "1.5", "x", str(10**13)])
def test_what_is_no_amount_is_refused(client, amount_minor):
    assert charges(client, amount_minor).status == 422
