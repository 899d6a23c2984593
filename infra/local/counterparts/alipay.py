"""Alipay as Docket sees it: one gateway for all questions, signed both ways, and its pages.

POST or GET /gateway.do, by `method`:
  alipay.trade.page.pay, alipay.trade.wap.pay   where the buyer's browser is sent
  alipay.trade.precreate                        a code to scan
  alipay.trade.query, .close, .refund, .fastpay.refund.query
  alipay.data.dataservice.bill.downloadurl.query   where a day's statement is: GET /bill?day=

A page opens its trade when the buyer arrives; a code's trade begins when somebody does something
with it, and until then the gateway knows of none. For scripts the address of a page is as good as
that of the code: `POST {"outcome": …}`.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from functools import cached_property
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from infra.local.counterparts import _alipay_bill as bill
from infra.local.counterparts import _alipay_objects as objects
from infra.local.counterparts import _alipay_wire as wire
from infra.local.counterparts import base_keys
from infra.local.counterparts._alipay_bank import TradeBank, trade_number
from infra.local.counterparts.base import (
    Answer,
    Desk,
    Notification,
    Refused,
    Request,
    json_answer,
)
from infra.local.counterparts.base_ledger import Document

_PRECREATE = "alipay.trade.precreate"
_PAGES = frozenset({"alipay.trade.page.pay", "alipay.trade.wap.pay"})
_BUSINESS = {
    "not_found": "ACQ.TRADE_NOT_EXIST",
    "payment_id_used": "ACQ.CONTEXT_INCONSISTENT",
    "refund_id_used": "ACQ.DISCORDANT_REPEAT_REQUEST",
    "refund_exceeds_captured": "ACQ.REASON_TRADE_REFUND_FEE_ERR",
}


def open_facade(desk: Desk) -> "AlipayFacade":
    return AlipayFacade(desk)


def _new_account() -> Document:
    ours, theirs = base_keys.new_key(), base_keys.new_key()
    return {
        "app_id": f"2021{secrets.randbelow(10**12):012d}",
        "seller_id": f"2088{secrets.randbelow(10**12):012d}",
        "app_private_key": base_keys.private_pem(theirs),
        "alipay_private_key": base_keys.private_pem(ours),
        "alipay_public_key": base_keys.public_pem(ours),
    }


class AlipayFacade:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.bank = TradeBank(desk.ledger, desk.wake, trade_number)
        self.titles = {"en": "Alipay, for practice", "zh-CN": "支付宝演练"}
        self._account = desk.remembered("account.json", _new_account)

    def secret(self) -> Document:
        names = ("app_id", "seller_id", "app_private_key", "alipay_public_key")
        return {name: self._account[name] for name in names} | {
            "gateway": f"{self.desk.api_base}/gateway.do"
        }

    def answer(self, request: Request) -> Answer:
        if request.path == "/bill":
            packed = bill.packed(self.desk.ledger.list_all_events(), request.query.get("day", ""))
            return Answer(200 if packed else 404, packed or b"", "application/zip")
        if request.path != "/gateway.do":
            raise Refused(404, "not_found")
        fields = wire.read_request(request, self._merchant_key, self._account["app_id"])
        content, method = wire.read_content(fields), fields.get("method", "")
        if method in _PAGES:
            return self._page(request, fields, content)
        act = _ACTS.get(method)
        if act is None:
            raise Refused(200, "isv.invalid-method")
        try:
            told = {"code": "10000", "msg": "Success"} | act(self, fields, content)
        except Refused as refused:
            told = _business_failed(refused)
        return self._signed(f"{method.replace('.', '_')}_response", told)

    def refusal(self, refused: Refused) -> Answer:
        """The gateway's own no: the question never reached those who know of trades."""
        if refused.status != 200:
            return json_answer(refused.status, {"error": refused.code})
        told = {"code": "40002", "msg": "Invalid Arguments", "sub_code": refused.code}
        return self._signed("error_response", told)

    def notification(self, event: Document, *, badly_signed: bool) -> Notification | None:
        payment = self.bank.load_payment(event["data"]["payment_id"])
        fields = objects.notified(event, payment, self._account)
        if fields is None or not payment["notify_url"]:
            return None
        key = base_keys.new_key() if badly_signed else self._alipay_key
        signed = {"sign": wire.signature(key, wire.joined(fields)), "sign_type": "RSA2"}
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return Notification(payment["notify_url"], urlencode(fields | signed).encode(), headers)

    def is_taken(self, status: int, body: bytes) -> bool:
        return status == 200 and body == b"success"

    def precreate(self, fields: Mapping[str, str], content: Document) -> Document:
        payment = self._open(fields, content)
        code = self.desk.pay_url(payment["reference"])
        return {"out_trade_no": payment["payment_id"], "qr_code": code}

    def query(self, _: Mapping[str, str], content: Document) -> Document:
        return objects.trade(self._trade(content))

    def close(self, _: Mapping[str, str], content: Document) -> Document:
        payment = self._trade(content)
        if payment["status"] not in {"open", "declined"}:
            raise Refused(200, "ACQ.TRADE_STATUS_ERROR")
        self.bank.close(payment["payment_id"])
        return {"out_trade_no": payment["payment_id"], "trade_no": payment["reference"]}

    def refund(self, _: Mapping[str, str], content: Document) -> Document:
        payment = self._trade(content)
        name = str(content.get("out_request_no") or payment["payment_id"])
        is_known = self.desk.ledger.find("refund", name) is not None
        minor = wire.from_yuan(content.get("refund_amount"))
        found = self.bank.give_back(name, payment["payment_id"], minor)
        payment = self.bank.load_payment(payment["payment_id"])
        return {
            "fund_change": "N" if is_known else "Y",
            "gmt_refund_pay": objects.beijing(found["updated_at"]),
            "out_trade_no": payment["payment_id"],
            "refund_fee": wire.to_yuan(payment["refunded_minor"]),
            "trade_no": payment["reference"],
        }

    def query_refund(self, _: Mapping[str, str], content: Document) -> Document:
        payment = self._trade(content)
        found = self.desk.ledger.find("refund", str(content.get("out_request_no")))
        return objects.refund(found, payment) if found else {}

    def show_bill(self, _: Mapping[str, str], content: Document) -> Document:
        day = str(content.get("bill_date"))
        if bill.packed(self.desk.ledger.list_all_events(), day) is None:
            raise Refused(200, "isp.bill_not_exist")
        return {"bill_download_url": f"{self.desk.api_base}/bill?day={day}"}

    def _trade(self, content: Document) -> Document:
        """By Alipay's number, else by the merchant's; nobody scanned it: there is none."""
        key = content.get("trade_no") or content.get("out_trade_no")
        payment = self.bank.load_current(str(key))
        if payment["status"] == "open" and payment["product"] == _PRECREATE:
            raise Refused(404, "not_found")
        return payment

    def _page(self, request: Request, fields: Mapping[str, str], content: Document) -> Answer:
        payment = self._open(fields, content)
        if request.headers.get("content-type", "").startswith("application/json"):
            outcome = str(request.json().get("outcome"))
            paid = self.bank.pay(payment["reference"], outcome)
            return json_answer(200, self.desk.shown(paid))
        return Answer(302, headers={"Location": self.desk.pay_url(payment["reference"])})

    def _open(self, fields: Mapping[str, str], content: Document) -> Document:
        subject = str(content.get("subject", ""))
        terms = {
            "amount_minor": wire.from_yuan(content.get("total_amount")),
            "body": str(content.get("body", "")),
            "currency": "CNY",
            "ends_at": wire.from_beijing(content.get("time_expire", "2099-12-31 23:59:59")),
            "language": "en" if subject.isascii() else "zh-CN",
            "notify_url": fields.get("notify_url", ""),
            "order_id": str(content.get("passback_params", "")),
            "order_number": subject.rpartition(" ")[2],
            "passback_params": str(content.get("passback_params", "")),
            "product": fields["method"],
            "return_url": fields.get("return_url", ""),
            "subject": subject,
        }
        return self.bank.open(str(content.get("out_trade_no", "")), terms)

    def _signed(self, name: str, told: Document) -> Answer:
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        sign = wire.signature(self._alipay_key, text)
        body = f'{{"{name}":{text},"sign":"{sign}"}}'.encode()
        return Answer(200, body, "application/json;charset=utf-8")

    @cached_property
    def _merchant_key(self) -> RSAPrivateKey:
        return _loaded(self._account["app_private_key"])

    @cached_property
    def _alipay_key(self) -> RSAPrivateKey:
        return _loaded(self._account["alipay_private_key"])


def _loaded(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("not a key of RSA")
    return key


def _business_failed(refused: Refused) -> Document:
    code = _BUSINESS.get(refused.code, refused.code)
    return {"code": "40004", "msg": "Business Failed", "sub_code": code, "sub_msg": code}


_ACTS: dict[str, Callable[[AlipayFacade, Mapping[str, str], Document], Document]] = {
    _PRECREATE: AlipayFacade.precreate,
    "alipay.trade.query": AlipayFacade.query,
    "alipay.trade.close": AlipayFacade.close,
    "alipay.trade.refund": AlipayFacade.refund,
    "alipay.trade.fastpay.refund.query": AlipayFacade.query_refund,
    "alipay.data.dataservice.bill.downloadurl.query": AlipayFacade.show_bill,
}
