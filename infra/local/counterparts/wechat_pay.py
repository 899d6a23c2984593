"""WeChat Pay as Docket sees it: APIv3, signed both ways, with sealed notifications.

POST /v3/pay/transactions/{native|h5|jsapi}           open (the same out_trade_no: the same trade)
GET  /v3/pay/transactions/out-trade-no/{out_trade_no} · GET /v3/pay/transactions/id/{id}
POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close
POST /v3/refund/domestic/refunds                      give back (same out_refund_no: the same one)
GET  /v3/refund/domestic/refunds/{out_refund_no}
GET  /v3/bill/tradebill?bill_date=                    where a day's bill is (here at once: no 10 am)
GET  /v3/billdownload/file?token=                     the bill, unsigned as the real one is
GET  /connect/oauth2/authorize                        a browser within WeChat comes back with a code
GET  /sns/oauth2/access_token                         whose openid a code stands for
Where people act in WeChat's own console, a script posts, unsigned, how refunds of a payment end,
those too that wait there: POST /practice/{out_trade_no}/refunds
{"outcome": "succeeded" | "abnormal" | "closed"}.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from infra.local.counterparts import _wechat_pay_bill as bill
from infra.local.counterparts import _wechat_pay_objects as objects
from infra.local.counterparts import _wechat_pay_payers as payers
from infra.local.counterparts._wechat_pay_bank import PatientBank, is_over, reference
from infra.local.counterparts._wechat_pay_envelope import Envelope, new_keys
from infra.local.counterparts.base import (
    Answer,
    Desk,
    Notification,
    Refused,
    Request,
    json_answer,
    routed,
)
from infra.local.counterparts.base_ledger import Document

_LOOPBACK = {"127.0.0.1", "localhost"}
_CODES = {
    "not_found": (404, "ORDER_NOT_EXIST"),
    "payment_id_used": (403, "OUT_TRADE_NO_USED"),
    "refund_id_used": (400, "INVALID_REQUEST"),
    "refund_exceeds_captured": (400, "INVALID_REQUEST"),
    "malformed": (400, "PARAM_ERROR"),
    "invalid_input": (400, "PARAM_ERROR"),
}


def open_facade(desk: Desk) -> "WeChatPayFacade":
    return WeChatPayFacade(desk)


class WeChatPayFacade:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.bank = PatientBank(desk.ledger, desk.wake, reference)
        self.titles = {"en": "WeChat Pay, for practice", "zh-CN": "微信支付演练"}
        self._keys = desk.remembered("keys.json", new_keys)
        self._envelope = Envelope(self._keys)

    def secret(self) -> Document:
        names = ("mchid", "appid", "api_v3_key", "merchant_private_key", "merchant_serial")
        told = {"app_secret": self._keys["app_secret"]} if "app_secret" in self._keys else {}
        return (
            {name: self._keys[name] for name in names}
            | told
            | {
                "payer_page_base": self.desk.pages,
                "payer_api_base": self.desk.api_base,
                "platform_keys": {self._keys["platform_serial"]: self._envelope.platform_key()},
                "api_base": self.desk.api_base,
            }
        )

    def answer(self, request: Request) -> Answer:
        (_, _, act, is_signed), keys = routed(request, _ROUTES, "RESOURCE_NOT_EXISTS")
        if is_signed:
            self._envelope.require_merchant(request)
        found = act(self, request, *keys)
        return found if isinstance(found, Answer) else self._signed(*found)

    def refusal(self, refused: Refused) -> Answer:
        status, code = _CODES.get(refused.code, (refused.status, refused.code))
        return self._signed(status, {"code": code, "message": "请求被拒绝"})

    def notification(self, event: Document, *, badly_signed: bool) -> Notification | None:
        """A badly signed one is what WeChat sends on purpose, to see that it is refused."""
        told = objects.event(event, self._keys["mchid"])
        if told is None:
            return None
        kind, content = told
        body = {
            "id": event["event_id"],
            "create_time": objects.beijing(event["created"]),
            "resource_type": "encrypt-resource",
            "event_type": kind,
            "summary": "支付成功" if kind.startswith("TRANSACTION") else "退款通知",
            "resource": self._envelope.sealed(kind.partition(".")[0].lower(), content),
        }
        encoded = json.dumps(body, ensure_ascii=False).encode()
        headers = dict(self._envelope.headers(encoded, probe=badly_signed))
        headers["Content-Type"] = "application/json"
        return Notification(event["data"]["notify_url"], encoded, headers)

    def is_taken(self, status: int, body: bytes) -> bool:
        del body
        return status in {200, 204}

    def _signed(self, status: int, value: Any) -> Answer:
        answer = json_answer(status, value) if value is not None else Answer(status)
        headers = self._envelope.headers(answer.body)
        return Answer(answer.status, answer.body, answer.media_type, headers)

    def open_trade(self, request: Request, kind: str) -> tuple[int, Document]:
        wish = request.json()
        if (wish.get("mchid"), wish.get("appid")) != (self._keys["mchid"], self._keys["appid"]):
            raise Refused(400, "APPID_MCHID_NOT_MATCH")
        payment = self.bank.open(_trade_number(wish), _terms(wish, kind))
        if payment["status"] == "captured":
            raise Refused(400, "ORDERPAID")
        if payment["status"] == "closed" or is_over(payment):
            raise Refused(400, "ORDER_CLOSED")
        url = self.desk.pay_url(payment["reference"])
        answers = {
            "native": {"code_url": url},
            "h5": {"h5_url": f"{url}?trade=h5"},
            "jsapi": {"prepay_id": f"wx{payment['reference']}"},
        }
        return 200, answers[kind]

    def show_trade(self, request: Request, number: str) -> tuple[int, Document]:
        if request.query.get("mchid") != self._keys["mchid"]:
            raise Refused(400, "PARAM_ERROR")
        return 200, objects.trade(self.bank.load_payment(number))

    def close_trade(self, request: Request, number: str) -> tuple[int, None]:
        if request.json().get("mchid") != self._keys["mchid"]:
            raise Refused(400, "PARAM_ERROR")
        payment = self.bank.load_payment(number)
        if payment["status"] == "captured":
            raise Refused(400, "ORDERPAID")
        if payment["status"] == "closed":
            raise Refused(400, "ORDER_CLOSED")
        self.bank.close(payment["payment_id"])
        return 204, None

    def refund(self, request: Request) -> tuple[int, Document]:
        wish = request.json()
        amount = _part(wish, "amount")
        minor, total = _fen(amount, "refund"), _fen(amount, "total")
        payment = self.bank.load_payment(str(wish.get("out_trade_no")))
        if payment["status"] != "captured" or total != payment["captured_minor"]:
            raise Refused(400, "INVALID_REQUEST")
        number = _text(wish, "out_refund_no", r"[\w\-|*@]{1,64}")
        given = self.bank.give_back(
            number, payment["payment_id"], minor, total=total, notify_url=_notify_url(wish)
        )
        return 200, objects.refund(given)

    def show_refund(self, _: Request, number: str) -> tuple[int, Document]:
        try:
            return 200, objects.refund(self.bank.load_refund(number))
        except Refused as refused:
            raise Refused(refused.status, "RESOURCE_NOT_EXISTS") from refused

    def show_bill(self, request: Request) -> tuple[int, Document]:
        day = str(request.query.get("bill_date"))
        raw = bill.written(self.desk.ledger.list_all_events(), day, self._keys)
        if raw is None:
            raise Refused(400, "NO_STATEMENT_EXIST")
        return 200, {
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(raw, usedforsecurity=False).hexdigest(),
            "download_url": f"{self.desk.api_base}/v3/billdownload/file?token={day}",
        }

    def download_bill(self, request: Request) -> Answer:
        events = self.desk.ledger.list_all_events()
        raw = bill.written(events, str(request.query.get("token")), self._keys)
        return Answer(200 if raw else 404, raw or b"", "text/plain; charset=utf-8")

    def send_payer_back(self, request: Request) -> Answer:
        return payers.send_back(self.desk.ledger, self._keys, request)

    def tell_payer(self, request: Request) -> Answer:
        return payers.tell(self.desk.ledger, self._keys, request)

    def end_refunds(self, request: Request, number: str) -> tuple[int, Document]:
        payment = self.bank.end_refunds(number, str(request.json().get("outcome")))
        given = self.desk.ledger.list_refunds(payment["payment_id"])
        return 200, {"items": [objects.refund(each) for each in given]}


def _terms(wish: Document, kind: str) -> Document:
    """What the page shows of a trade, and what comes back in notifications."""
    amount, description = _part(wish, "amount"), _text(wish, "description", r".{1,127}")
    if amount.get("currency", "CNY") != "CNY":
        raise Refused(400, "PARAM_ERROR")
    return {
        "order_id": _text(wish, "attach", r".{1,128}"),
        "order_number": description.rpartition(" ")[2],
        "amount_minor": _fen(amount, "total"),
        "currency": "CNY",
        "return_url": "",
        "language": "zh-CN" if description.startswith("订单") else "en",
        "mchid": wish["mchid"],
        "appid": wish["appid"],
        "notify_url": _notify_url(wish),
        "time_expire": _end(wish),
        "trade_type": {"h5": "MWEB"}.get(kind, kind.upper()),
        "openid": _payer(wish, kind),
    }


def _payer(wish: Document, kind: str) -> str:
    """Who is known to pay: by openid within WeChat, on a phone's browser nobody but an address."""
    if kind == "jsapi":
        return _text(_part(wish, "payer"), "openid", r"[\w-]{1,128}")
    if kind == "h5":
        scene = _part(wish, "scene_info")
        _text(_part(scene, "h5_info"), "type", r"Wap|iOS|Android")
        try:
            ip_address(str(scene.get("payer_client_ip")))
        except ValueError as error:
            raise Refused(400, "PARAM_ERROR") from error
    return payers.OPENID


def _end(wish: Document) -> str:
    text = _text(wish, "time_expire", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
    if datetime.fromisoformat(text) <= datetime.now(UTC):
        raise Refused(400, "PARAM_ERROR")
    return text


def _notify_url(wish: Document) -> str:
    """An https address without a query; here plain http to this machine too."""
    url = _text(wish, "notify_url", r"https?://[^\s?#]{1,250}")
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise Refused(400, "PARAM_ERROR")
    return url


def _trade_number(wish: Document) -> str:
    return _text(wish, "out_trade_no", r"[0-9A-Za-z_\-|*]{6,32}")


def _fen(amount: Mapping[str, Any], name: str) -> int:
    value = amount.get(name)
    if type(value) is not int or value <= 0:
        raise Refused(400, "PARAM_ERROR")
    return value


def _text(values: Mapping[str, Any], name: str, pattern: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise Refused(400, "PARAM_ERROR")
    return value


def _part(values: Mapping[str, Any], name: str) -> Document:
    value = values.get(name)
    if not isinstance(value, dict):
        raise Refused(400, "PARAM_ERROR")
    return value


_TRADES, _REFUNDS = "/v3/pay/transactions", "/v3/refund/domestic/refunds"
_NUMBER, _REFUND_NUMBER = r"([\w\-|*]{1,40})", r"([\w\-|*@]{1,64})"
_ROUTES: tuple[tuple[str, str, Callable[..., tuple[int, Document | None] | Answer], bool], ...] = (
    ("POST", rf"{_TRADES}/(native|h5|jsapi)", WeChatPayFacade.open_trade, True),
    ("GET", rf"{_TRADES}/(?:out-trade-no|id)/{_NUMBER}", WeChatPayFacade.show_trade, True),
    ("POST", rf"{_TRADES}/out-trade-no/{_NUMBER}/close", WeChatPayFacade.close_trade, True),
    ("POST", _REFUNDS, WeChatPayFacade.refund, True),
    ("GET", rf"{_REFUNDS}/{_REFUND_NUMBER}", WeChatPayFacade.show_refund, True),
    ("GET", r"/v3/bill/tradebill", WeChatPayFacade.show_bill, True),
    ("GET", r"/v3/billdownload/file", WeChatPayFacade.download_bill, True),
    ("GET", r"/connect/oauth2/authorize", WeChatPayFacade.send_payer_back, False),
    ("GET", r"/sns/oauth2/access_token", WeChatPayFacade.tell_payer, False),
    ("POST", rf"/practice/{_NUMBER}/refunds", WeChatPayFacade.end_refunds, False),
)
