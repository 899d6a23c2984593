"""A payment within WeChat takes a code that is good once: whichever call a function dies at, the
buyer pays once.
"""

import json

import boto3
import pytest
import urllib3

from chalicelib.domain.errors import Declined
from chalicelib.domain.ids import fresh
from chalicelib.domain.payment_requests import PaymentRequest
from chalicelib.services import payments
from chalicelib.store import orders as table
from tests.factories import CUSTOMER
from tests.providers.counterparts_process import CounterpartsProcess
from tests.providers.http_double import Answer, HttpDouble
from tests.providers.wechat_company import came_back
from tests.reliability.test_crash_everywhere import everywhere, now, placed


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    with HttpDouble(lambda _: Answer(200)) as double:
        process = CounterpartsProcess(tmp_path_factory.mktemp("companies"), double)
        yield process
        assert process.stop() == 0


@pytest.fixture
def wechat(shop, process):
    secrets = process.secrets["wechat_pay"]
    boto3.client("secretsmanager").create_secret(
        Name="docket/test/payments/wechat_pay", SecretString=json.dumps(secrets)
    )
    return secrets


def test_starting_with_a_code(wechat):
    def prepare():
        """An order, and the codes that WeChat gives when it is asked, and asked anew."""
        codes = [came_back(wechat, "https://shop.example/", "1")[1]["code"] for _ in range(2)]
        return placed(allow_duplicate=True).order_id, [(code, fresh("key")) for code in codes]

    def act(prepared):
        """As the shop does: what was declined is begun anew."""
        order_id, (first, second) = prepared
        try:
            start(order_id, *first)
        except Declined:
            start(order_id, *second)

    def check(prepared):
        order_id, _ = prepared
        (open_one,) = [p for p in table.load_file(order_id).payments if p.status == "pending"]
        pay_on_the_sheet(open_one)
        payments.ask_provider(order_id, open_one.payment_id, now())
        file = table.load_file(order_id)
        assert [event.type for event in file.events].count("payment.captured") == 1
        assert (file.order.status, file.order.payment_status) == ("confirmed", "paid")

    def start(order_id, code, key):
        way = PaymentRequest(provider="wechat_pay", method="wallet", payer_code=code)
        payments.start(order_id, way, CUSTOMER, key, now())

    def pay_on_the_sheet(payment):
        terms = json.loads(payment.next_action.client_secret)
        reference = terms["package"].removeprefix("prepay_id=wx")
        url = f"{wechat['api_base']}/pay/{reference}"
        answer = urllib3.request("POST", url, json={"outcome": "webhook_lost"}, retries=False)
        assert answer.status == 200, answer.data

    everywhere(prepare, act, check)
