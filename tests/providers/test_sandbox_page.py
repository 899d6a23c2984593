"""The sandbox company's page, for people and for scripts, and who may ask it what."""

import re

import pytest
import urllib3

from chalicelib.domain.errors import Unavailable
from chalicelib.providers.sandbox import PROVIDER
from tests.providers.sandbox_process import SandboxProcess, a_payment, pay, started


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b'{"outcome": "free_lunch"}', "application/json", 422),
        (b'{"outcome": 1}', "application/json", 422),
        (b"{}", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"outcome", "text/plain", 415),
        (b" " * 64_001, "application/json", 413),
    ],
)
def test_a_script_that_asks_for_nonsense_is_told_so(sandbox, content, media_type, status):
    payment, url = started(sandbox)
    answer = urllib3.request("POST", url, body=content, headers={"Content-Type": media_type})
    assert answer.status == status
    assert PROVIDER.ask(sandbox.secrets, payment.payment_id, None).kind == "payment.pending"


def test_the_page_is_for_people_in_both_languages_and_sends_them_back(sandbox):
    payment, url = started(sandbox, language="zh-CN", order_number="<b>&22")
    chinese = urllib3.request("GET", url).data.decode()
    english = urllib3.request("GET", url + "?lang=en").data.decode()
    assert ("支付" in chinese, "CNY 12.99" in chinese, "&lt;b&gt;&amp;22" in chinese) == (
        True,
        True,
        True,
    )
    assert (">Pay<" in english, "Decline the card" in english) == (True, True)
    assert set(re.findall(r'name="outcome" value="(\w+)"', english)) == {
        "succeeded", "failed", "webhook_lost", "wrong_amount", "duplicated", "out_of_order",
        "delayed", "badly_signed",
    }  # fmt: skip

    def press(outcome):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = f"outcome={outcome}"
        return urllib3.request("POST", url, body=body, headers=form, redirect=False, retries=False)

    declined = press("failed")
    assert (declined.status, declined.headers["Location"]) == (303, payment.return_url)
    assert "可以重试" in urllib3.request("GET", url).data.decode()
    assert press("webhook_lost").status == 303
    assert press("succeeded").status == 409
    assert "<form" not in urllib3.request("GET", url).data.decode()


def test_pay_addresses_start_with_the_public_one_and_work_behind_a_prefix(docket, tmp_path):
    process = SandboxProcess(tmp_path, docket.base, "http://127.0.0.1:8000/practice/")
    try:
        _, url = started(process)
        assert url.startswith("http://127.0.0.1:8000/practice/pay/sbp_")
        forwarded = url.replace("http://127.0.0.1:8000", process.base)
        assert pay(forwarded, "webhook_lost").status == 200
        listed = urllib3.request("GET", process.base + "/practice/payments").json()["items"]
        assert [(item["pay_url"], item["status"]) for item in listed] == [(url, "captured")]
    finally:
        process.stop()


def test_only_the_holder_of_the_key_may_speak_for_docket(sandbox):
    stranger = {**sandbox.secrets, "secret_key": "sbk_guess"}
    with pytest.raises(Unavailable):
        PROVIDER.start(stranger, a_payment())
    assert urllib3.request("GET", sandbox.base + "/v1/events").status == 401
    assert urllib3.request("GET", sandbox.base + "/v1/elsewhere").status == 404
    assert urllib3.request("GET", sandbox.base + "/pay/sbp_guess").status == 404


def test_everything_that_happened_can_be_listed_from_a_cursor(sandbox):
    _, url = started(sandbox)
    pay(url, "webhook_lost")
    headers = {"Authorization": f"Bearer {sandbox.secrets['secret_key']}"}
    events = urllib3.request("GET", sandbox.base + "/v1/events", headers=headers).json()["items"]
    after = events[-2]["seq"]
    rest = urllib3.request("GET", f"{sandbox.base}/v1/events?after={after}", headers=headers)
    assert rest.json()["items"] == events[-1:]
    assert events[-1]["data"]["reference"] in url
