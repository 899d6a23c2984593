"""What companies are told that post to a stage without their secret."""

import pytest

REFUSALS = {
    "stripe": (400, "application/json"), "paypal": (400, "application/json"),
    "wechat_pay": (401, '"FAIL"'), "alipay": (200, "failure"), "sandbox": (401, "invalid"),
}  # fmt: skip


@pytest.mark.parametrize("provider", REFUSALS)
def test_without_its_secret_a_company_is_refused_in_its_own_words(client, provider):
    status, words = REFUSALS[provider]
    answer = client.send("POST", f"/v1/webhooks/payments/{provider}", {"id": "evt_1"})

    assert answer.status == status
    assert words in answer.text + answer.headers["content-type"]
