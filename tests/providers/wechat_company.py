"""The practice WeChat Pay seen from Docket's provider: payments started, words heard, refunds."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

import msgspec
import urllib3

from chalicelib.domain.ids import fresh
from chalicelib.domain.money import Money
from chalicelib.domain.payments import ProviderEvent
from chalicelib.providers.base import (
    InvalidSignature,
    RawWebhook,
    RefundPayment,
    StartedPayment,
    StartPayment,
)
from chalicelib.providers.wechat_pay import PROVIDER
from tests.providers.http_double import Asked, HttpDouble

PRICE = Money(1299, "CNY")


class Company:
    """`docket` is where the company posts what it has to tell."""

    def __init__(self, secrets: dict[str, Any], docket: HttpDouble) -> None:
        self.secrets = secrets
        self.webhook_url = f"{docket.base}/hook/wechat_pay"
        self._docket = docket

    def start(self, **changes: Any) -> tuple[StartPayment, StartedPayment]:
        """A payment as we ask for it, and what the buyer is to do."""
        payment = StartPayment(
            payment_id=fresh("pay"), order_id=fresh("ord"), order_number="22-K7MQ4", method="qr",
            amount=PRICE, return_url="https://shop.example/#/o/1", webhook_url=self.webhook_url,
            expires_at=datetime.now(UTC) + timedelta(minutes=15), language="en",
            payer_ip="203.0.113.7",
        )  # fmt: skip
        payment = msgspec.structs.replace(payment, **changes)
        return payment, PROVIDER.start(self.secrets, payment)

    def ask(self, payment: StartPayment) -> ProviderEvent:
        return PROVIDER.ask(self.secrets, payment.payment_id, None)

    def arrived(self) -> list[tuple[Asked, ProviderEvent | None]]:
        """All that was posted to us; what is not genuine comes without an event."""
        posted = [asked for asked in list(self._docket.asked) if asked.path.endswith("/wechat_pay")]
        return [(asked, self._verified(asked)) for asked in posted]

    def heard(self, payment: StartPayment, kind: str = "payment") -> list[ProviderEvent]:
        """The genuine words about a payment, in order of arrival."""
        events = [event for _, event in self.arrived() if event]
        ours = [event for event in events if event.payment_id == payment.payment_id]
        return [event for event in ours if event.kind and event.kind.startswith(kind)]

    def _verified(self, asked: Asked) -> ProviderEvent | None:
        webhook = RawWebhook(asked.body, asked.headers)
        try:
            return PROVIDER.verify(self.secrets, webhook, datetime.now(UTC))
        except InvalidSignature:
            return None

    def refund(self, payment: StartPayment, minor: int = 1299, **changes: Any) -> RefundPayment:
        """A refund to ask for."""
        refund = RefundPayment(
            refund_id=fresh("ref"), payment_id=payment.payment_id, order_id=payment.order_id,
            reference="", amount=Money(minor, "CNY"), captured=PRICE, reason="cold",
            webhook_url=self.webhook_url,
        )  # fmt: skip
        return msgspec.structs.replace(refund, **changes)

    def end_refunds(self, payment: StartPayment, outcome: str) -> None:
        """What a person does in WeChat's own console."""
        console = f"{self.secrets['api_base']}/practice/{payment.payment_id}/refunds"
        answer = urllib3.request("POST", console, json={"outcome": outcome}, retries=False)
        assert answer.status == 200, answer.data


def pay(url: str, outcome: str) -> int:
    """What a script does on a payment page; the answer's status."""
    answer = urllib3.request("POST", url, json={"outcome": outcome}, redirect=False, retries=False)
    return answer.status


def came_back(secrets: dict[str, Any], shop: str, state: str) -> tuple[str, dict[str, str]]:
    """Where a browser within WeChat is led that was sent to say who pays, and what it brings."""
    page = PROVIDER.payer_page(secrets) or ""
    url = page.replace("{redirect_uri}", quote(shop, safe="")).replace("{state}", state)
    answer = urllib3.request("GET", url.partition("#")[0], redirect=False, retries=False)
    assert answer.status == 302, answer.data
    address, _, query = answer.headers["Location"].partition("?")
    return address, dict(parse_qsl(query))
