"""The practice WeChat Pay does what the real one is documented to do, and fails on demand."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import urllib3

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.money import Money
from chalicelib.providers.base import ProviderRefused
from chalicelib.providers.wechat_pay import PROVIDER
from tests.providers.http_double import until
from tests.providers.wechat_company import PRICE, Company, came_back, pay


@pytest.fixture
def company(practice):
    return Company(practice.secrets["wechat_pay"], practice.shop)


def probes(company):
    signed = [(asked.headers["wechatpay-signature"], event) for asked, event in company.arrived()]
    mark = "WECHATPAY/SIGNTEST/"
    return [event is None for signature, event in signed if signature.startswith(mark)]


class TestPaying:
    def test_a_code_is_paid_told_and_found(self, company):
        payment, begun = company.start()
        assert company.ask(payment).kind == "payment.pending"
        assert pay(begun.next_action.qr_data, "succeeded") == 200
        assert until(lambda: company.heard(payment))
        (told,) = company.heard(payment)
        found = company.ask(payment)
        for event in (told, found):
            assert (event.kind, event.order_id, event.payment_id, event.amount) == (
                "payment.captured", payment.order_id, payment.payment_id, PRICE,
            )  # fmt: skip
        assert told.reference == found.reference
        assert PROVIDER.ask(company.secrets, "", told.reference).payment_id == payment.payment_id

    def test_a_phone_s_browser_pays_on_a_page_and_is_led_back(self, company):
        _, begun = company.start(method="wallet")
        url = begun.next_action.url
        page = urllib3.request("GET", url, retries=False)
        assert (page.status, b"CNY 12.99" in page.data) == (200, True)
        assert b"https://shop.example/#/o/1" in page.data
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        paid = urllib3.request(
            "POST", url, body="outcome=succeeded", headers=form, redirect=False, retries=False
        )
        assert (paid.status, paid.headers["Location"]) == (303, "https://shop.example/#/o/1")

    def test_within_wechat_the_buyer_is_the_one_who_was_named(self, company):
        payment, begun = company.start(method="wallet", payer_id="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
        package = json.loads(begun.next_action.client_secret)["package"]
        reference = package.removeprefix("prepay_id=wx")
        assert pay(f"{company.secrets['api_base']}/pay/{reference}", "succeeded") == 200
        assert company.ask(payment).kind == "payment.captured"

    def test_within_wechat_the_page_learns_who_pays_by_a_code_that_is_good_once(self, company):
        address, told = came_back(company.secrets, "https://shop.example/?o=ord_1", "abc1")
        assert (address, told["o"], told["state"]) == ("https://shop.example/", "ord_1", "abc1")
        _, begun = company.start(method="wallet", payer_code=told["code"])
        assert json.loads(begun.next_action.client_secret)["appId"] == company.secrets["appid"]
        for code in (told["code"], "made-up"):
            with pytest.raises(ProviderRefused, match="payer_code_refused"):
                company.start(method="wallet", payer_code=code)

    def test_only_the_app_itself_is_told_who_pays(self, company):
        _, told = came_back(company.secrets, "https://shop.example/", "1")
        stranger = company.secrets | {"app_secret": "f" * 32}
        with pytest.raises(Unavailable, match="40125"):
            Company(stranger, company._docket).start(method="wallet", payer_code=told["code"])
        elsewhere = company.secrets | {"appid": "wx0000000000000000"}
        with pytest.raises(AssertionError):
            came_back(elsewhere, "https://shop.example/", "1")

    def test_starting_again_gives_the_same_trade_but_not_on_other_terms(self, company):
        payment, begun = company.start()
        again = {"payment_id": payment.payment_id, "order_id": payment.order_id}
        assert company.start(**again, expires_at=payment.expires_at)[1] == begun
        with pytest.raises(Unavailable, match="403"):
            company.start(**again, amount=Money(1, "CNY"))

    def test_a_declined_one_is_found_untold_and_can_be_paid_after_all(self, company):
        payment, begun = company.start()
        assert pay(begun.next_action.qr_data, "failed") == 200
        found = company.ask(payment)
        assert (found.kind, found.reason) == ("payment.failed", "PAYERROR")
        assert pay(begun.next_action.qr_data, "succeeded") == 200
        assert until(lambda: company.heard(payment))
        assert [event.kind for event in company.heard(payment)] == ["payment.captured"]

    def test_a_lost_word_is_made_up_for_by_asking(self, company):
        payment, begun = company.start()
        pay(begun.next_action.qr_data, "webhook_lost")
        assert company.ask(payment).kind == "payment.captured"
        assert company.heard(payment) == []

    def test_what_is_told_three_times_has_one_id(self, company):
        payment, begun = company.start()
        pay(begun.next_action.qr_data, "duplicated")
        assert until(lambda: len(company.heard(payment)) == 3)
        assert len({event.event_id for event in company.heard(payment)}) == 1

    def test_one_fen_too_little_is_told_as_it_is(self, company):
        payment, begun = company.start()
        pay(begun.next_action.qr_data, "wrong_amount")
        assert company.ask(payment).amount == Money(1298, "CNY")

    def test_its_probe_is_refused_and_the_money_found(self, company):
        payment, begun = company.start()
        pay(begun.next_action.qr_data, "badly_signed")
        assert until(lambda: probes(company))
        assert company.heard(payment) == []
        assert company.ask(payment).kind == "payment.captured"


class TestClosing:
    def test_what_is_closed_cannot_be_paid(self, company):
        payment, begun = company.start()
        for _ in range(2):
            assert (
                PROVIDER.close(company.secrets, payment.payment_id, None).kind == "payment.expired"
            )
        assert pay(begun.next_action.qr_data, "succeeded") == 409

    def test_a_buyer_who_was_faster_has_paid(self, company):
        payment, begun = company.start()
        pay(begun.next_action.qr_data, "webhook_lost")
        assert PROVIDER.close(company.secrets, payment.payment_id, None).kind == "payment.captured"

    def test_what_it_never_heard_of_is_unknown_and_over(self, company):
        assert PROVIDER.ask(company.secrets, "pay_never", None).kind == "payment.unknown"
        assert PROVIDER.close(company.secrets, "pay_never", None).kind == "payment.expired"

    def test_after_its_end_it_is_closed_by_itself(self, company):
        payment, begun = company.start(expires_at=datetime.now(UTC) + timedelta(seconds=2))
        assert until(lambda: company.ask(payment).kind == "payment.expired")
        assert pay(begun.next_action.qr_data, "succeeded") == 409


class TestGivingBack:
    def test_it_takes_a_moment_and_is_told(self, company):
        payment, begun = company.start()
        pay(begun.next_action.qr_data, "succeeded")
        refund = company.refund(payment, 1000)
        assert PROVIDER.ask_refund(company.secrets, refund).kind == "refund.unknown"
        assert PROVIDER.refund(company.secrets, refund).kind == "refund.pending"
        assert PROVIDER.refund(company.secrets, refund).kind == "refund.pending"
        assert until(lambda: company.heard(payment, "refund"))
        (told,) = company.heard(payment, "refund")
        for event in (
            told,
            PROVIDER.ask_refund(company.secrets, refund),
            PROVIDER.refund(company.secrets, refund),
        ):
            assert (event.kind, event.refund_id, event.order_id, event.amount) == (
                "refund.succeeded", refund.refund_id, payment.order_id, refund.amount,
            )  # fmt: skip
        assert company.ask(payment).raw_type == "REFUND"
        with pytest.raises(ProviderRefused):
            PROVIDER.refund(company.secrets, company.refund(payment, 300))

    def test_one_that_the_buyer_s_bank_sends_back_waits_for_a_person(self, company):
        payment, begun = company.start()
        pay(begun.next_action.qr_data, "succeeded")
        company.end_refunds(payment, "abnormal")
        refund = company.refund(payment)
        PROVIDER.refund(company.secrets, refund)
        assert until(lambda: company.heard(payment, "refund"))
        (told,) = company.heard(payment, "refund")
        assert (told.kind, told.reason) == ("refund.pending", "ABNORMAL")
        company.end_refunds(payment, "succeeded")
        assert until(lambda: len(company.heard(payment, "refund")) == 2)
        assert company.heard(payment, "refund")[-1].kind == "refund.succeeded"
        assert PROVIDER.ask_refund(company.secrets, refund).kind == "refund.succeeded"

    def test_more_or_other_than_was_paid_is_refused(self, company):
        payment, begun = company.start()
        with pytest.raises(ProviderRefused):
            PROVIDER.refund(company.secrets, company.refund(payment))
        pay(begun.next_action.qr_data, "succeeded")
        for refund in (
            company.refund(payment, 1300),
            company.refund(payment, captured=Money(1, "CNY")),
        ):
            with pytest.raises(ProviderRefused, match="INVALID_REQUEST"):
                PROVIDER.refund(company.secrets, refund)
