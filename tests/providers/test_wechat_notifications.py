"""WeChat Pay's notifications: what its SDKs sign and seal is read, and nothing else is."""

from datetime import datetime

import pytest

from chalicelib.domain.money import Money
from chalicelib.providers.base import InvalidSignature, RawWebhook
from chalicelib.providers.wechat_pay import PROVIDER
from tests.contract.provider_counterpart import NOW, NOWHERE
from tests.contract.provider_samples.wechat_pay import REFERENCE, refund, trade
from tests.providers import wechat_sdk
from tests.providers.wechat_sdk import MCHID, answered, keys, secrets


def genuine_one(**headers):
    sent = wechat_sdk.notification("TRANSACTION.SUCCESS", trade("SUCCESS"), NOW)
    return RawWebhook(sent.body, {**sent.headers, **headers})


def test_ours_and_another_sdk_s_reading_are_the_same():
    sent = genuine_one()
    read = wechat_sdk.ask(
        "read_with_other_sdk",
        body=sent.body.decode(),
        timestamp=sent.headers["wechatpay-timestamp"],
        nonce=sent.headers["wechatpay-nonce"],
        signature=sent.headers["wechatpay-signature"],
        key=keys("platform")[1],
        sealed_under=wechat_sdk.API_V3_KEY,
    )
    event = PROVIDER.verify(secrets(NOWHERE), sent, NOW)
    assert (read["out_trade_no"], read["attach"], read["transaction_id"]) == (
        event.payment_id, event.order_id, event.reference,
    )  # fmt: skip
    assert event.amount == Money(read["amount"]["total"], "CNY")
    assert event.occurred_at == datetime.fromisoformat(read["success_time"])


def test_the_kind_of_signature_need_not_be_named_but_must_be_right():
    sent = genuine_one()
    unnamed = {k: v for k, v in sent.headers.items() if k != "wechatpay-signature-type"}
    assert PROVIDER.verify(secrets(NOWHERE), RawWebhook(sent.body, unnamed), NOW).kind
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(
            secrets(NOWHERE),
            genuine_one(**{"wechatpay-signature-type": "WECHATPAY2-SM2-WITH-SM3"}),
            NOW,
        )


def test_wechat_s_own_probe_is_refused():
    genuine = genuine_one().headers["wechatpay-signature"]
    probe = genuine_one(**{"wechatpay-signature": f"WECHATPAY/SIGNTEST/{genuine[19:]}"})
    with pytest.raises(InvalidSignature, match="probe"):
        PROVIDER.verify(secrets(NOWHERE), probe, NOW)


def test_a_key_that_we_do_not_have_is_not_trusted():
    with pytest.raises(InvalidSignature, match="not among"):
        PROVIDER.verify(secrets(NOWHERE), genuine_one(**{"wechatpay-serial": "5F2A"}), NOW)


@pytest.mark.parametrize("other", [{"mchid": "1900000000"}, {"appid": "wx0000000000000000"}])
def test_what_is_about_another_merchant_or_app_is_refused(other):
    sent = wechat_sdk.notification("TRANSACTION.SUCCESS", trade("SUCCESS", **other), NOW)
    with pytest.raises(InvalidSignature, match="another merchant"):
        PROVIDER.verify(secrets(NOWHERE), sent, NOW)


def test_while_the_key_of_secrets_is_changed_both_open():
    changed = secrets(NOWHERE, api_v3_key="f" * 32, previous_api_v3_key=wechat_sdk.API_V3_KEY)
    assert PROVIDER.verify(changed, genuine_one(), NOW).kind == "payment.captured"
    with pytest.raises(InvalidSignature, match="not for us"):
        PROVIDER.verify(secrets(NOWHERE, api_v3_key="f" * 32), genuine_one(), NOW)


def test_a_genuine_one_of_an_unknown_shape_is_kept_and_does_nothing():
    sent = wechat_sdk.notification("REFUND.SUCCESS", {"mchid": MCHID, "news": True}, NOW)
    assert PROVIDER.verify(secrets(NOWHERE), sent, NOW).kind is None


def test_a_refund_made_in_wechat_s_console_is_traced_to_its_order_by_its_payment():
    content = refund(mchid=MCHID, refund_status="SUCCESS", out_refund_no="1217752501201407033")
    sent = wechat_sdk.notification("REFUND.SUCCESS", content, NOW)
    event = PROVIDER.verify(secrets(NOWHERE), sent, NOW)
    assert (event.kind, event.order_id, event.refund_id) == ("refund.succeeded", None, None)
    with answered(trade("REFUND")) as double:
        paid = PROVIDER.ask(secrets(double.base), "", event.reference)
    assert (paid.order_id, paid.payment_id) == ("ord_1", "pay_1")
    assert double.asked[0].path == f"/v3/pay/transactions/id/{REFERENCE}?mchid={MCHID}"
