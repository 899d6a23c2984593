"""Alipay in mainland China: its page on a desktop, its app on a phone, a QR code in the store.

Secret: `{"app_id", "seller_id", "app_private_key", "alipay_public_key", "gateway"?}`, or with
`app_cert`, `alipay_cert` and `alipay_root_cert` (PEM) in place of the public key. `out_trade_no`
is our payment's id, so that everything is found without Alipay's own. A trade begins when the
buyer scans or signs in; before that Alipay knows of nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import parse_qsl

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.payments import Device, Method, NextAction, ProviderEvent
from chalicelib.domain.statements import Period, StatementLine
from chalicelib.providers import _alipay_bill
from chalicelib.providers._alipay import (
    Closed,
    Precreated,
    Refunded,
    RefundFound,
    Trade,
    refund_found,
    to_yuan,
    told,
    trade_found,
)
from chalicelib.providers._alipay_gateway import ask, beijing, joined, page_url
from chalicelib.providers._alipay_keys import signed_by_alipay
from chalicelib.providers.base import (
    InvalidSignature,
    ProviderRefused,
    RawWebhook,
    RefundPayment,
    Secrets,
    StartedPayment,
    StartPayment,
    StatementDay,
    WebhookReply,
)
from chalicelib.providers.base_events import poll_id, unknown_payment, unknown_refund
from chalicelib.providers.base_http import Absent
from chalicelib.providers.base_rsa import UnusableKey

FORM = "application/x-www-form-urlencoded"
_FIELDS_MAX = 100
_NOT_SIGNED = frozenset({"sign", "sign_type"})
_ENDED = frozenset({"payment.captured", "payment.expired"})


class Alipay:
    name = "alipay"
    methods: tuple[Method, ...] = ("wallet", "qr")
    currencies: frozenset[str] | None = frozenset({"CNY"})
    devices: Mapping[Method, tuple[Device, ...]] = MappingProxyType(
        {"wallet": ("desktop", "phone"), "qr": ("desktop", "watch")}
    )
    statement_day = StatementDay(offset=timedelta(hours=8), written_after=timedelta(hours=10))

    def start(self, secrets: Secrets, payment: StartPayment) -> StartedPayment:
        terms = {
            "out_trade_no": payment.payment_id,
            "total_amount": to_yuan(payment.amount),
            "subject": _subject(payment),
            "time_expire": beijing(payment.expires_at),
            "passback_params": payment.order_id,
        }
        urls = {"notify_url": payment.webhook_url}
        if payment.method == "qr":
            # Of a code's trade not every account is told the parameters, but all the description.
            more = {"body": payment.order_id}
            answer = ask(secrets, "alipay.trade.precreate", terms | more, Precreated, urls)
            action = NextAction(type="qr_code", qr_data=answer.qr_code)
        else:
            action = NextAction(type="redirect", url=_page(secrets, payment, terms, urls))
        return StartedPayment(reference=payment.payment_id, next_action=action)

    def ask(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent:
        asked = {"out_trade_no": payment_id} if payment_id else {"trade_no": reference}
        try:
            return trade_found(ask(secrets, "alipay.trade.query", asked, Trade))
        except Absent:
            return unknown_payment(self.name, payment_id)

    def close(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent:
        """What was never scanned cannot be closed; its `time_expire` ends it."""
        ended = msgspec.structs.replace(
            unknown_payment(self.name, payment_id),
            kind="payment.expired",
            event_id=poll_id(self.name, payment_id, "TRADE_CLOSED"),
            raw_type="TRADE_CLOSED",
        )
        try:
            ask(secrets, "alipay.trade.close", {"out_trade_no": payment_id}, Closed)
        except Absent:
            return ended
        except ProviderRefused as refused:
            found = self.ask(secrets, payment_id, reference)
            if found.kind not in _ENDED:
                raise Unavailable("The payment is on its way and cannot be stopped.") from refused
            return found
        return ended

    def refund(self, secrets: Secrets, refund: RefundPayment) -> ProviderEvent:
        """Asking again under the same `out_request_no` gives nothing back a second time."""
        asked = {
            "out_trade_no": refund.payment_id,
            "out_request_no": refund.refund_id,
            "refund_amount": to_yuan(refund.amount),
            "refund_reason": refund.reason[:100],
        }
        answer = ask(secrets, "alipay.trade.refund", asked, Refunded)
        if answer.fund_change == "Y":
            return refund_found(refund, answer)
        return self.ask_refund(secrets, refund)

    def ask_refund(self, secrets: Secrets, refund: RefundPayment) -> ProviderEvent:
        asked = {
            "out_trade_no": refund.payment_id,
            "out_request_no": refund.refund_id or refund.refund_reference,
            "query_options": ["gmt_refund_pay"],
        }
        try:
            found = ask(secrets, "alipay.trade.fastpay.refund.query", asked, RefundFound)
        except Absent:
            return unknown_refund(self.name, refund)
        if found.refund_status == "REFUND_SUCCESS":
            return refund_found(refund, found)
        if not found.refund_amount:
            return unknown_refund(self.name, refund)
        return msgspec.structs.replace(unknown_refund(self.name, refund), kind="refund.pending")

    def verify(self, secrets: Secrets, webhook: RawWebhook, now: datetime) -> ProviderEvent:
        fields = _read_form(webhook)
        signed = joined({name: fields[name] for name in fields.keys() - _NOT_SIGNED})
        # RSA stands for SHA-1, for which a forger may find a second text.
        if fields.get("sign_type") != "RSA2":
            raise InvalidSignature("The signature is not of RSA2.")
        try:
            genuine = signed_by_alipay(secrets, signed, fields.get("sign", ""), now)
        except UnusableKey as error:
            raise InvalidSignature(error.detail) from error
        if not genuine:
            raise InvalidSignature("No signature matches.")
        for name in ("app_id", "seller_id"):
            if not fields.get(name) or fields[name] != secrets.get(name):
                raise InvalidSignature(f"Another's {name}: it was told to the wrong one.")
        if not fields.get("notify_id"):
            raise InvalidSignature("What was signed is not a notification.")
        return told(fields)

    def list_statement(self, secrets: Secrets, period: Period) -> Sequence[StatementLine]:
        return _alipay_bill.lines_of(secrets, period)

    def reply(self, *, accepted: bool) -> WebhookReply:
        return WebhookReply(200, "success" if accepted else "failure", "text/plain")


def _page(
    secrets: Secrets, payment: StartPayment, terms: dict[str, str], urls: dict[str, str]
) -> str:
    urls = urls | {"return_url": payment.return_url}
    if payment.device == "phone":
        more = {"product_code": "QUICK_WAP_WAY", "quit_url": payment.return_url}
        return page_url(secrets, "alipay.trade.wap.pay", terms | more, urls)
    more = {"product_code": "FAST_INSTANT_TRADE_PAY"}
    return page_url(secrets, "alipay.trade.page.pay", terms | more, urls)


def _subject(payment: StartPayment) -> str:
    return f"{'订单' if payment.language.startswith('zh') else 'Order'} {payment.order_number}"


def _read_form(webhook: RawWebhook) -> dict[str, str]:
    """Each field once, decoded once; an empty value is a value."""
    media_type = webhook.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise InvalidSignature("A notification is a form.")
    try:
        pairs = parse_qsl(
            webhook.body.decode(),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_FIELDS_MAX,
        )
    except ValueError as error:
        raise InvalidSignature("The form cannot be read.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidSignature("A field stands there twice.")
    return fields


PROVIDER = Alipay()
