"""The sandbox provider over real HTTP: its process, its webhooks and our side of it."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import urllib3

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ids import fresh
from chalicelib.domain.money import Money
from chalicelib.providers.base import (
    InvalidSignature,
    ProviderRefused,
    RawWebhook,
    RefundPayment,
    StartPayment,
)
from chalicelib.providers.sandbox import PROVIDER
from tests.providers.http_double import Answer, HttpDouble, until
from tests.providers.sandbox_process import SandboxProcess

PRICE = Money(1299, "CNY")


@pytest.fixture(scope="module")
def docket():
    with HttpDouble(lambda _: Answer(200)) as double:
        yield double


@pytest.fixture(scope="module")
def sandbox(docket, tmp_path_factory):
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox"), docket.base + "/hook")
    yield process
    assert process.stop() == 0


def a_payment(**changes) -> StartPayment:
    terms = {
        "payment_id": fresh("pay"),
        "order_id": fresh("ord"),
        "order_number": "22-K7MQ4",
        "method": "card",
        "amount": PRICE,
        "return_url": "http://127.0.0.1:8000/#/orders/1",
        "webhook_url": "http://127.0.0.1:8000/v1/webhooks/payments/sandbox",
        "expires_at": datetime(2030, 1, 1, tzinfo=UTC),
        "language": "en",
    }
    return StartPayment(**terms | changes)


def a_refund(payment: StartPayment, minor: int, **changes) -> RefundPayment:
    terms = {
        "refund_id": fresh("ref"),
        "payment_id": payment.payment_id,
        "order_id": payment.order_id,
        "reference": "",
        "amount": Money(minor, "CNY"),
        "reason": "changed my mind",
    }
    return RefundPayment(**terms | changes)


def started(sandbox, **changes) -> tuple[StartPayment, str]:
    payment = a_payment(**changes)
    return payment, PROVIDER.start(sandbox.secrets, payment).next_action.url


def pay(url: str, outcome: object):
    return urllib3.request("POST", url, json={"outcome": outcome}, redirect=False, retries=False)


def heard(docket, sandbox, payment: StartPayment):
    """The webhooks that came for a payment, each verified as it would have been on arrival."""
    events = []
    for asked in list(docket.asked):
        if payment.payment_id.encode() in asked.body:
            webhook = RawWebhook(asked.body, asked.headers)
            events.append(PROVIDER.verify(sandbox.secrets, webhook, datetime.now(UTC)))
    return events


def test_each_outcome_tells_docket_what_it_promises(docket, sandbox):
    expected = {
        "succeeded": [("payment.captured", 1299)],
        "failed": [("payment.failed", 1299)],
        "webhook_lost": [],
        "wrong_amount": [("payment.captured", 1298)],
        "duplicated": [("payment.captured", 1299)] * 3,
        "out_of_order": [("payment.captured", 1299), ("payment.pending", 1299)],
    }
    payments = {}
    for outcome in expected:
        payments[outcome], url = started(sandbox)
        answer = pay(url, outcome)
        assert (answer.status, answer.headers["Content-Type"]) == (
            200,
            "application/json; charset=utf-8",
        )
        assert answer.json()["status"] == ("declined" if outcome == "failed" else "captured")

    assert until(lambda: len(heard(docket, sandbox, payments["duplicated"])) == 3)
    assert until(lambda: len(heard(docket, sandbox, payments["out_of_order"])) == 2)

    for outcome, facts in expected.items():
        events = heard(docket, sandbox, payments[outcome])
        assert [(event.kind, event.amount.amount_minor) for event in events] == facts, outcome
        assert {event.order_id for event in events} <= {payments[outcome].order_id}
    assert len({event.event_id for event in heard(docket, sandbox, payments["duplicated"])}) == 1


def test_what_webhooks_did_not_tell_is_found_by_asking(sandbox):
    payment, url = started(sandbox)
    assert PROVIDER.ask(sandbox.secrets, payment.payment_id, None).kind == "payment.pending"
    pay(url, "webhook_lost")
    found = PROVIDER.ask(sandbox.secrets, payment.payment_id, None)
    again = PROVIDER.ask(sandbox.secrets, payment.payment_id, found.reference)
    assert (found.kind, found.amount, found.order_id) == (
        "payment.captured",
        PRICE,
        payment.order_id,
    )
    assert again == found


def test_a_declined_payment_can_be_paid_again(docket, sandbox):
    payment, url = started(sandbox)
    pay(url, "failed")
    assert PROVIDER.ask(sandbox.secrets, payment.payment_id, None).reason == "card_declined"
    assert pay(url, "succeeded").status == 200
    assert until(lambda: len(heard(docket, sandbox, payment)) == 2)
    assert PROVIDER.ask(sandbox.secrets, payment.payment_id, None).kind == "payment.captured"


def test_a_payment_started_twice_is_one_payment(sandbox):
    payment = a_payment()
    first = PROVIDER.start(sandbox.secrets, payment)
    assert PROVIDER.start(sandbox.secrets, payment) == first
    with pytest.raises(ProviderRefused, match="payment_id_used"):
        PROVIDER.start(
            sandbox.secrets, a_payment(payment_id=payment.payment_id, amount=Money(1, "CNY"))
        )


def test_what_is_paid_or_closed_cannot_be_paid(sandbox):
    _, paid_url = started(sandbox)
    pay(paid_url, "webhook_lost")
    closed, closed_url = started(sandbox)
    assert PROVIDER.close(sandbox.secrets, closed.payment_id, None).kind == "payment.expired"
    assert [pay(url, "succeeded").status for url in (paid_url, closed_url)] == [409, 409]


def test_closing_finds_the_buyer_who_was_faster(sandbox):
    payment, url = started(sandbox)
    pay(url, "webhook_lost")
    assert PROVIDER.close(sandbox.secrets, payment.payment_id, None).kind == "payment.captured"


def test_a_payment_closed_before_its_start_arrived_cannot_be_opened(sandbox):
    payment = a_payment()
    assert PROVIDER.ask(sandbox.secrets, payment.payment_id, None).kind == "payment.unknown"
    assert PROVIDER.close(sandbox.secrets, payment.payment_id, None).kind == "payment.expired"
    with pytest.raises(ProviderRefused):
        PROVIDER.start(sandbox.secrets, payment)


def test_refunds_are_idempotent_and_never_more_than_was_taken(docket, sandbox):
    payment, url = started(sandbox)
    pay(url, "webhook_lost")
    part = a_refund(payment, 1000)
    assert PROVIDER.ask_refund(sandbox.secrets, part).kind == "refund.unknown"
    first = PROVIDER.refund(sandbox.secrets, part)
    assert (first.kind, first.amount) == ("refund.succeeded", Money(1000, "CNY"))
    assert PROVIDER.refund(sandbox.secrets, part) == first
    assert PROVIDER.ask_refund(sandbox.secrets, part) == first
    with pytest.raises(ProviderRefused, match="refund_exceeds_captured"):
        PROVIDER.refund(sandbox.secrets, a_refund(payment, 300))
    PROVIDER.refund(sandbox.secrets, a_refund(payment, 299))
    assert until(lambda: len(heard(docket, sandbox, payment)) == 2)
    told = heard(docket, sandbox, payment)[0]
    assert (told.kind, told.refund_id, told.payment_id, told.order_id) == (
        "refund.succeeded",
        part.refund_id,
        payment.payment_id,
        payment.order_id,
    )


def test_nothing_is_given_back_of_what_was_not_paid(sandbox):
    payment, _ = started(sandbox)
    with pytest.raises(ProviderRefused, match="refund_exceeds_captured"):
        PROVIDER.refund(sandbox.secrets, a_refund(payment, 1))


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


def test_a_webhook_that_is_not_taken_is_sent_again_freshly_signed(tmp_path):
    with HttpDouble(lambda _: Answer(503)) as docket:
        docket.respond = lambda _: Answer(200 if len(docket.asked) > 2 else 503)
        process = SandboxProcess(tmp_path, docket.base)
        try:
            _, url = started(process)
            pay(url, "succeeded")
            assert until(lambda: len(docket.asked) == 3)
            assert len({asked.body for asked in docket.asked}) == 1
            last = RawWebhook(docket.asked[-1].body, docket.asked[-1].headers)
            assert PROVIDER.verify(process.secrets, last, datetime.now(UTC)).kind
            with pytest.raises(InvalidSignature):
                PROVIDER.verify(process.secrets, last, datetime.now(UTC) + timedelta(minutes=6))
        finally:
            process.stop()


def test_a_kill_loses_neither_money_nor_the_webhook_that_is_owed(tmp_path):
    with HttpDouble(lambda _: Answer(503)) as docket:
        process = SandboxProcess(tmp_path, docket.base)
        payment, url = started(process)
        pay(url, "succeeded")
        assert until(lambda: docket.asked)
        process.kill()
        docket.respond = lambda _: Answer(200)
        reborn = SandboxProcess(tmp_path, docket.base)
        try:
            assert reborn.secrets["secret_key"] == process.secrets["secret_key"]
            assert PROVIDER.ask(reborn.secrets, payment.payment_id, None).kind == "payment.captured"
            assert until(lambda: json.loads(docket.asked[-1].body) and len(docket.asked) > 1, 20)
        finally:
            reborn.stop()
