"""What a store offers to pay with: by its settings, its currency, the device and the stage."""

import pytest

from chalicelib import plugins
from chalicelib.domain.charges import ChargeRate
from chalicelib.services.payment_ways import is_way, ways_of
from tests.factories import NOW, a_store

EVERYONE = {name: plugins.load("providers", name).PROVIDER for name in plugins.names("providers")}


def names(ways):
    return {way.provider for way in ways}


def test_alipay_and_wechat_pay_take_yuan_alone():
    assert {"alipay", "wechat_pay", "paypal"} <= names(ways_of(a_store(currency="CNY"), EVERYONE))
    in_euro = names(ways_of(a_store(currency="EUR"), EVERYONE))
    assert in_euro & {"alipay", "wechat_pay", "paypal", "stripe"} == {"paypal", "stripe"}
    assert "paypal" not in names(ways_of(a_store(currency="KRW"), EVERYONE))


def test_what_the_store_names_first_comes_first():
    cards_first = ways_of(a_store(on_site_allowed=True), EVERYONE)
    assert {way.provider for way in cards_first[:2]} == {"sandbox", "stripe"}
    assert cards_first[-1].provider == "on_site"
    codes_first = ways_of(a_store(payment_methods=("qr", "card")), EVERYONE)
    assert codes_first[-1].provider == "stripe"
    assert next(iter(codes_first[0].devices)) == "qr"


def test_only_the_stores_own_methods_are_offered():
    ways = ways_of(a_store(payment_methods=("qr",)), EVERYONE)
    assert {method for way in ways for method in way.devices} <= {"qr", "on_site"}
    assert "paypal" not in names(ways)


def test_without_credentials_there_is_nothing_but_the_till():
    assert ways_of(a_store(on_site_allowed=False), {}) == []
    assert names(ways_of(a_store(on_site_allowed=True), {})) == {"on_site"}


@pytest.mark.parametrize(
    ("provider", "method", "devices"),
    [
        ("wechat_pay", "qr", {"desktop", "watch"}),
        ("wechat_pay", "wallet", {"phone"}),
        ("alipay", "wallet", {"desktop", "phone"}),
        ("alipay", "qr", {"desktop", "watch"}),
        ("paypal", "wallet", {"desktop", "phone"}),
        ("sandbox", "card", {"desktop", "phone", "watch"}),
    ],
)
def test_each_method_is_for_devices_that_can_use_it(provider, method, devices):
    ways = ways_of(a_store(), EVERYONE)
    usable = {d for d in ("desktop", "phone", "watch") if is_way(ways, provider, method, d, "CNY")}
    assert usable == devices
    assert is_way(ways, provider, method, None, "CNY")


def test_what_is_not_offered_is_no_way():
    ways = ways_of(a_store(), EVERYONE)
    assert not is_way(ways, "paypal", "card", None, "CNY")
    assert not is_way(ways, "nobody", "card", None, "CNY")


def test_a_company_is_offered_for_the_currencies_that_it_takes():
    rate = ChargeRate(
        currency="USD", rate="0.0007", source="test", rated_at=NOW, valid_until=NOW,
    )  # fmt: skip
    ways = ways_of(a_store(currency="KRW", charge_currencies=(rate,)), EVERYONE)
    charged = {way.provider: way.currencies for way in ways}
    assert (charged["paypal"], charged["stripe"]) == (("USD",), ("KRW", "USD"))
    assert "alipay" not in charged
    assert is_way(ways, "paypal", "wallet", None, "USD")
    assert not is_way(ways, "paypal", "wallet", None, "KRW")
