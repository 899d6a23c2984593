"""WeChat Pay (APIv3): a QR code, a page of the phone's browser, or a page within WeChat.

Secret: `{"mchid", "appid", "api_v3_key", "merchant_private_key", "merchant_serial",
"platform_keys": {serial: key}, "previous_api_v3_key"?, "app_secret"?, "api_base"?}`. Several
platform keys are good at once, so that WeChat can change its own; a notification names the one that
signed it. With the app's secret a page within WeChat learns who its buyer is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.payments import Device, Method, NextAction, ProviderEvent
from chalicelib.domain.statements import Period, StatementLine
from chalicelib.providers import _wechat_pay_bill, _wechat_pay_payer
from chalicelib.providers._wechat_pay import (
    Refund,
    Trade,
    out_refund_no,
    refund_facts,
    refund_found,
    trade_facts,
    trade_found,
)
from chalicelib.providers._wechat_pay_envelope import (
    Resource,
    ask_for,
    paying_terms,
    require_genuine,
    send,
    unseal,
)
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
from chalicelib.providers.base_events import unknown_payment, unknown_refund
from chalicelib.providers.base_http import Absent

_TRADES = "/v3/pay/transactions"
_REFUNDS = "/v3/refund/domestic/refunds"
_BEIJING = timezone(timedelta(hours=8))
_ENDS = frozenset({"payment.captured", "payment.expired", "payment.canceled"})
T = TypeVar("T")


class _CodeUrl(msgspec.Struct):
    code_url: str


class _H5Url(msgspec.Struct):
    h5_url: str


class _Prepared(msgspec.Struct):
    prepay_id: str


class _Notification(msgspec.Struct):
    id: str
    event_type: str
    create_time: datetime
    resource: Resource


class _Owner(msgspec.Struct):
    mchid: str | None = None
    appid: str | None = None


class WeChatPay:
    name = "wechat_pay"
    methods: tuple[Method, ...] = ("qr", "wallet")
    currencies: frozenset[str] | None = frozenset({"CNY"})
    devices: Mapping[Method, tuple[Device, ...]] = MappingProxyType(
        {"qr": ("desktop", "watch"), "wallet": ("phone",)}
    )
    statement_day = StatementDay(offset=timedelta(hours=8), written_after=timedelta(hours=10))

    def start(self, secrets: Secrets, payment: StartPayment) -> StartedPayment:
        """`wallet` is a page within WeChat if the buyer can be known, else of a browser."""
        if payment.amount.currency != "CNY":
            raise ProviderRefused("WeChat Pay takes CNY alone.")
        if payment.method != "wallet":
            action = _start_native(secrets, payment)
        elif payment.payer_id or payment.payer_code:
            action = _start_jsapi(secrets, payment)
        else:
            action = _start_h5(secrets, payment)
        return StartedPayment(reference=payment.payment_id, next_action=action)

    def payer_page(self, secrets: Secrets) -> str | None:
        return _wechat_pay_payer.payer_page(secrets)

    def ask(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent:
        """By our id, or by WeChat's own, which there is only once the money is there."""
        by = f"out-trade-no/{payment_id}" if payment_id else f"id/{reference}"
        try:
            trade = ask_for(secrets, "GET", f"{_TRADES}/{by}?mchid={secrets['mchid']}", Trade)
        except Absent:
            return unknown_payment(self.name, payment_id)
        names = {trade.out_trade_no, trade.transaction_id}
        if (payment_id or reference) not in names or trade.mchid != secrets["mchid"]:
            raise Unavailable("WeChat Pay answered about something else.")
        return trade_found(trade)

    def close(self, secrets: Secrets, payment_id: str, reference: str | None) -> ProviderEvent:
        """What never reached WeChat is over too: nobody was given the address to pay it at."""
        never = unknown_payment(self.name, payment_id)
        expired = msgspec.structs.replace(never, kind="payment.expired", raw_type="CLOSED")
        path = f"{_TRADES}/out-trade-no/{payment_id}/close"
        try:
            if send(secrets, "POST", path, {"mchid": secrets["mchid"]}).status == 204:
                return expired
        except Absent:
            return expired
        except ProviderRefused:
            pass  # it was paid, or closed before: asking tells
        found = self.ask(secrets, payment_id, reference)
        if found.kind not in _ENDS:
            raise Unavailable("The buyer is paying just now.")
        return found

    def refund(self, secrets: Secrets, refund: RefundPayment) -> ProviderEvent:
        body = {
            "out_trade_no": refund.payment_id,
            "out_refund_no": out_refund_no(refund),
            "notify_url": refund.webhook_url,
            "amount": {
                "refund": refund.amount.amount_minor,
                "total": refund.captured.amount_minor,
                "currency": refund.amount.currency,
            },
        }
        try:
            return refund_found(ask_for(secrets, "POST", _REFUNDS, Refund, body))
        except ProviderRefused:
            # It may be refusing a second time what it did the first: nothing is left to give back.
            found = self.ask_refund(secrets, refund)
            if found.kind == "refund.unknown":
                raise
            return found

    def ask_refund(self, secrets: Secrets, refund: RefundPayment) -> ProviderEvent:
        path = f"{_REFUNDS}/{out_refund_no(refund)}"
        try:
            return refund_found(ask_for(secrets, "GET", path, Refund))
        except Absent:
            return unknown_refund(self.name, refund)

    def verify(self, secrets: Secrets, webhook: RawWebhook, now: datetime) -> ProviderEvent:
        require_genuine(secrets, webhook.headers, webhook.body, now)
        told = _decoded(webhook.body, _Notification)
        content = unseal(secrets, told.resource)
        _require_ours(secrets, _decoded(content, _Owner))
        event = ProviderEvent(
            provider=self.name,
            event_id=told.id,
            kind=None,
            raw_type=told.event_type,
            occurred_at=told.create_time,
        )
        try:
            return msgspec.structs.replace(event, **_facts(told, content))
        except msgspec.MsgspecError:
            return event  # genuine, but not of a shape we know: kept, and found out by asking

    def list_statement(self, secrets: Secrets, period: Period) -> Sequence[StatementLine]:
        return _wechat_pay_bill.lines_of(secrets, period)

    def reply(self, *, accepted: bool) -> WebhookReply:
        if accepted:
            return WebhookReply(204, "")
        return WebhookReply(401, '{"code":"FAIL","message":"失败"}')


def _start_native(secrets: Secrets, payment: StartPayment) -> NextAction:
    answer = ask_for(secrets, "POST", f"{_TRADES}/native", _CodeUrl, _terms(secrets, payment))
    return NextAction(type="qr_code", qr_data=answer.code_url)


def _start_h5(secrets: Secrets, payment: StartPayment) -> NextAction:
    scene = {"payer_client_ip": payment.payer_ip, "h5_info": {"type": "Wap"}}
    terms = _terms(secrets, payment) | {"scene_info": scene}
    answer = ask_for(secrets, "POST", f"{_TRADES}/h5", _H5Url, terms)
    back = quote(payment.return_url, safe="")
    return NextAction(type="redirect", url=f"{answer.h5_url}&redirect_url={back}")


def _start_jsapi(secrets: Secrets, payment: StartPayment) -> NextAction:
    openid = payment.payer_id or _wechat_pay_payer.openid_of(secrets, payment.payer_code or "")
    terms = _terms(secrets, payment) | {"payer": {"openid": openid}}
    answer = ask_for(secrets, "POST", f"{_TRADES}/jsapi", _Prepared, terms)
    return NextAction(type="client_secret", client_secret=paying_terms(secrets, answer.prepay_id))


def _terms(secrets: Secrets, payment: StartPayment) -> dict[str, Any]:
    word = "订单" if payment.language.startswith("zh") else "Order"
    expires_at = payment.expires_at.astimezone(_BEIJING)
    return {
        "appid": secrets["appid"],
        "mchid": secrets["mchid"],
        "description": f"{word} {payment.order_number}",
        "out_trade_no": payment.payment_id,
        "time_expire": expires_at.isoformat(timespec="seconds"),
        "attach": payment.order_id,
        "notify_url": payment.webhook_url,
        "amount": {"total": payment.amount.amount_minor, "currency": "CNY"},
    }


def _decoded(raw: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.MsgspecError as error:
        raise InvalidSignature("What was signed is no notification.") from error


def _require_ours(secrets: Secrets, owner: _Owner) -> None:
    """Raises `InvalidSignature` for what is about another merchant or another app."""
    if owner.mchid not in {None, secrets["mchid"]} or owner.appid not in {None, secrets["appid"]}:
        raise InvalidSignature("The notification is another merchant's.")


def _facts(told: _Notification, content: bytes) -> Mapping[str, Any]:
    """What a notification changes of a `ProviderEvent`: nothing, when it is none of ours."""
    if told.event_type.startswith("TRANSACTION."):
        return trade_facts(msgspec.json.decode(content, type=Trade), told.create_time)
    if told.event_type.startswith("REFUND."):
        return refund_facts(msgspec.json.decode(content, type=Refund), told.create_time)
    return {}


PROVIDER = WeChatPay()
