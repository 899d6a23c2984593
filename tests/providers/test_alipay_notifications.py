"""What Alipay's notifications say, whose they must be, and every way to sign what is not theirs."""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.money import Money
from chalicelib.providers.alipay import PROVIDER
from chalicelib.providers.base import InvalidSignature, RawWebhook
from tests.contract.provider_counterpart import NOW, NOWHERE
from tests.contract.provider_samples import alipay as sample

VECTORS = Path(__file__).parents[3] / "shared" / "vectors"
SECRETS = sample.secrets(NOWHERE)


def heard(**changes):
    fields = sample.EVENTS["captured"] | changes
    return PROVIDER.verify(SECRETS, sample.signed(urlencode(fields), NOW), NOW)


def vector():
    path = VECTORS / "alipay_trade_notify_v1.json"
    if not path.exists():
        pytest.skip(f"the shared vectors are not here: {path}")
    found = json.loads(path.read_text())
    params = found["params"]
    ours = {
        "app_id": params["app_id"],
        "seller_id": params["seller_id"],
        "alipay_public_key": found["alipay_public_key_b64der"],
    }
    return params, ours, datetime(2019, 8, 15, 7, 56, 25, tzinfo=UTC)


def test_a_notification_that_alipay_itself_once_signed_is_accepted():
    params, ours, then = vector()
    event = PROVIDER.verify(ours, sample.form(urlencode(params)), then)
    assert (event.kind, event.payment_id, event.reference, event.amount, event.occurred_at) == (
        "payment.captured",
        "20190815155618536-564-57",
        "2019081522001468450512505578",
        Money(10, "CNY"),
        then,
    )


@pytest.mark.parametrize("name", ["total_amount", "out_trade_no", "trade_status", "subject"])
def test_what_alipay_once_signed_covers_every_field(name):
    params, ours, then = vector()
    changed = params | {name: params[name] + " "}
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(ours, sample.form(urlencode(changed)), then)


def test_a_sha_1_signature_is_refused_whatever_it_is_called():
    body = urlencode(sample.EVENTS["captured"])
    weak = sample.signed(body, NOW, sign_type="RSA")
    renamed = sample.form(weak.body.decode().replace("sign_type=RSA", "sign_type=RSA2"))
    unnamed = sample.form(weak.body.decode().replace("&sign_type=RSA", ""))
    assert sample.sdk("alipay", "RSA").verify(dict(sample.EVENTS["captured"]), _signature(weak))
    for forged in (weak, renamed, unnamed):
        with pytest.raises(InvalidSignature):
            PROVIDER.verify(SECRETS, forged, NOW)


def _signature(webhook):
    return parse_qs(webhook.body.decode())["sign"][0]


@pytest.mark.parametrize("field", ["app_id", "seller_id"])
@pytest.mark.parametrize("value", ["2088000000000666", "", " "])
def test_what_was_told_to_another_app_or_another_seller_is_refused(field, value):
    with pytest.raises(InvalidSignature):
        heard(**{field: value})


def test_our_own_key_signs_requests_and_no_notifications():
    body = urlencode(sample.EVENTS["captured"])
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(SECRETS, sample.signed(body, NOW, "us"), NOW)


def test_an_empty_value_is_signed_like_any_other():
    genuine = sample.webhook("captured", NOW).body
    assert b"&seller_email=&" in genuine
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(SECRETS, sample.form(genuine.decode().replace("&seller_email=&", "&")), NOW)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
@settings(max_examples=50, deadline=None)
def test_whatever_a_subject_holds_is_decoded_once(subject):
    assert heard(subject=subject).kind == "payment.captured"


def test_a_field_that_stands_there_twice_is_refused():
    genuine = sample.webhook("captured", NOW).body.decode()
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(SECRETS, sample.form(f"{genuine}&total_amount=12.99"), NOW)


@pytest.mark.parametrize(
    "media_type", ["application/json", "text/plain", "multipart/form-data", "", "form"]
)
def test_only_a_form_is_a_notification(media_type):
    genuine = sample.webhook("captured", NOW)
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(SECRETS, RawWebhook(genuine.body, {"content-type": media_type}), NOW)


@pytest.mark.parametrize("body", [b"a=%ff", b"\xff=1", b"&".join([b"a=1"] * 101), b"a", b"a=1&b"])
def test_a_form_that_cannot_be_read_is_refused(body):
    webhook = RawWebhook(body, sample.form("").headers)
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(SECRETS, webhook, NOW)


@pytest.mark.parametrize(
    ("status", "more", "kind", "refund_id"),
    [
        ("WAIT_BUYER_PAY", {}, "payment.pending", None),
        ("TRADE_SUCCESS", {}, "payment.captured", None),
        ("TRADE_SUCCESS", {"refund_fee": "0.00"}, "payment.captured", None),
        ("TRADE_FINISHED", {}, "payment.captured", None),
        ("TRADE_CLOSED", {}, "payment.expired", None),
        ("TRADE_CLOSED", {"refund_fee": "0.00"}, "payment.expired", None),
        (
            "TRADE_SUCCESS",
            {"refund_fee": "5.00", "out_biz_no": "ref_1"},
            "refund.succeeded",
            "ref_1",
        ),
        (
            "TRADE_CLOSED",
            {"refund_fee": "12.99", "out_biz_no": "ref_1"},
            "refund.succeeded",
            "ref_1",
        ),
        ("TRADE_CLOSED", {"gmt_refund": "2026-11-22 17:40:00"}, "refund.succeeded", None),
        ("TRADE_FINISHED", {"refund_fee": "5.00", "out_biz_no": "r"}, "payment.captured", None),
        ("TRADE_PENDING", {}, None, None),
        ("", {"notify_type": "open_app_message"}, None, None),
    ],
)
def test_a_trade_that_nobody_paid_and_one_that_was_given_back_are_told_apart(
    status, more, kind, refund_id
):
    event = heard(trade_status=status, **more)
    assert (event.kind, event.refund_id) == (kind, refund_id)


def test_an_order_is_named_by_the_parameters_or_else_by_the_description():
    assert heard(body="ord_2").order_id == "ord_1"
    assert heard(passback_params="", body="ord_2").order_id == "ord_2"
    assert heard(passback_params="").order_id is None


def test_a_refund_from_the_console_is_to_be_asked_about_where_it_has_a_number():
    told = heard(refund_fee="9.00", out_biz_no="2026-by-hand")
    assert (told.kind, told.refund_id, told.refund_reference, told.ask_first) == (
        "refund.succeeded", None, "2026-by-hand", True,
    )  # fmt: skip
    nameless = heard(refund_fee="9.00")
    assert (nameless.amount, nameless.ask_first) == (Money(900, "CNY"), False)
    ours = heard(refund_fee="9.00", out_biz_no="ref_1")
    assert (ours.amount, ours.ask_first) == (None, False)


def test_the_same_told_under_another_notify_id_is_the_same_event():
    assert heard(notify_id="a").event_id == heard(notify_id="b").event_id
    partly = {"trade_status": "TRADE_SUCCESS", "out_biz_no": "ref_1"}
    ids = {
        heard().event_id,
        heard(trade_status="TRADE_CLOSED").event_id,
        heard(**partly, refund_fee="5.00").event_id,
        heard(**partly | {"out_biz_no": "ref_2"}, refund_fee="5.00").event_id,
        heard(**partly, refund_fee="7.00").event_id,
    }
    assert len(ids) == 5


@pytest.mark.parametrize(
    ("text", "minor"), [("12.99", 1299), ("12.9", 1290), ("12", 1200), ("0.01", 1), ("88", 8800)]
)
def test_yuan_become_an_exact_number_of_cents(text, minor):
    assert heard(total_amount=text).amount == Money(minor, "CNY")


@pytest.mark.parametrize("text", ["", "-1", "1.234", "1e3", "12,99", "１２", "NaN", "0x10"])
def test_a_genuine_notification_of_an_unknown_shape_is_kept_and_changes_nothing(text):
    event = heard(total_amount=text)
    assert (event.kind, event.raw_type) == (None, "TRADE_SUCCESS")
