"""Stripe as Docket and the buyer's browser see it: PaymentIntents, refunds, events, its script.

POST /v1/payment_intents                    open (the same Idempotency-Key: the same intent)
GET  /v1/payment_intents/{id} · /search     the intent, also for the browser that has its secret
POST /v1/payment_intents/{id}/confirm       pay by card: what the script does; …/cancel never to
POST /v1/refunds                            give back (same key: the same refund)
GET  /v1/refunds · /v1/refunds/{id} · /v1/charges · /v1/events    the newest first, page by page
GET  /stripe.js                             the Payment Element, as far as Docket's shop uses it
POST /practice/{id}/refunds · /disputes     what somebody does in the dashboard, or a buyer's bank
"""

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from infra.local.counterparts import _stripe_objects as objects
from infra.local.counterparts._stripe_bank import StripeBank, drawn, is_number, reference
from infra.local.counterparts._stripe_wire import Form, listed, refusal
from infra.local.counterparts.base import (
    Answer,
    Desk,
    Notification,
    Refused,
    Request,
    json_answer,
    routed,
)
from infra.local.counterparts.base_bank import PAYABLE
from infra.local.counterparts.base_ledger import Document
from infra.local.counterparts.base_page import outcome_texts

SCRIPT = Path(__file__).with_name("_stripe_elements.js")
Caller = Literal["merchant", "buyer", "anyone"]
_FROM_ANYWHERE = {"Access-Control-Allow-Origin": "*"}
_NO_LIMIT = -1


def open_facade(desk: Desk) -> "StripeFacade":
    return StripeFacade(desk)


def _new_keys() -> Document:
    return {
        "secret_key": drawn("sk_test"),
        "publishable_key": drawn("pk_test"),
        "webhook_secrets": [drawn("whsec")],
    }


class StripeFacade:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.bank = StripeBank(desk.ledger, desk.wake, reference)
        self.titles = {"en": "Card payment, for practice", "zh-CN": "银行卡支付演练"}
        self._keys = desk.remembered("keys.json", _new_keys)

    def secret(self) -> Document:
        script_url = f"{self.desk.pages}/stripe.js"
        return self._keys | {"api_base": self.desk.api_base, "script_url": script_url}

    def answer(self, request: Request) -> Answer:
        if (request.method, request.path) == ("GET", "/stripe.js"):
            return _script()
        is_get = request.method == "GET"
        form = Form(urlsplit(request.target).query if is_get else _text(request))
        (_, _, act, who), keys = routed(request, _ROUTES)
        self._check(who, request, form, *keys)
        return act(self, request, form, *keys)

    def refusal(self, refused: Refused) -> Answer:
        return _open(refusal(refused))

    def notification(self, event: Document, *, badly_signed: bool) -> Notification:
        body = json.dumps(self._event(event), ensure_ascii=False).encode()
        key = drawn("whsec") if badly_signed else self._keys["webhook_secrets"][0]
        stamp = int(time.time())
        mac = hmac.new(key.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": f"t={stamp},v1={mac}",
        }
        return Notification(self.desk.webhook_url, body, headers)

    def is_taken(self, status: int, body: bytes) -> bool:
        del body
        return 200 <= status < 300

    def _check(self, who: Caller, request: Request, form: Form, *keys: str) -> None:
        """Raises `Refused` for anybody else. The merchant may what a buyer may."""
        if who == "anyone" or (who == "buyer" and self._is_buyer(form, *keys)):
            return
        given = request.headers.get("authorization", "")
        pair = base64.b64encode(f"{self._keys['secret_key']}:".encode()).decode()
        good = (f"Bearer {self._keys['secret_key']}", f"Basic {pair}")
        if not any(hmac.compare_digest(given.encode(), one.encode()) for one in good):
            raise Refused(401, "invalid_api_key")

    def _is_buyer(self, form: Form, key: str) -> bool:
        """Has the key that everybody may know, and the secret of this one intent."""
        if form.get("key") != self._keys["publishable_key"]:
            return False
        secret = self.bank.load_payment(key)["client_secret"]
        return hmac.compare_digest(form.get("client_secret").encode(), secret.encode())

    def open_intent(self, request: Request, form: Form) -> Answer:
        form.allow("amount", "currency", "metadata", "payment_method_types", "description")
        payment = self.bank.open(_request_key(request), _terms(form))
        return self._intent(payment, form)

    def show_intent(self, _: Request, form: Form, key: str) -> Answer:
        return self._intent(self.bank.load_payment(key), form)

    def search_intents(self, _: Request, form: Form) -> Answer:
        asked = re.fullmatch(r"metadata\['(\w+)'\]:'([^']*)'", form.get("query"))
        if not asked:
            raise Refused(400, "search_query_invalid")
        found = [
            self._shown(payment, form)
            for payment in self._newest("payment")
            if payment["metadata"].get(asked[1]) == asked[2]
        ]
        result = {"object": "search_result", "url": "/v1/payment_intents/search"}
        return json_answer(200, result | {"has_more": False, "data": found})

    def confirm_intent(self, _: Request, form: Form, key: str) -> Answer:
        """With the number that was typed into the fields, or the name of a test card."""
        card = form.get("payment_method")
        if not card:
            card = form.get("payment_method_data[card][number]").replace(" ", "")
            if not is_number(card):
                raise Refused(402, "incorrect_number")
        payment = self.bank.confirm(
            key,
            card,
            form.get("practice_outcome", "succeeded"),
            return_url=form.get("return_url"),
            language=form.get("practice_language", "en"),
        )
        if payment["status"] != "declined":
            return self._intent(payment, form)
        error = objects.DECLINE | {"payment_intent": self._shown(payment, form)}
        return _open(json_answer(402, {"error": error}))

    def cancel_intent(self, _: Request, form: Form, key: str) -> Answer:
        payment = self.bank.load_payment(key)
        if payment["status"] in PAYABLE:
            payment = self.bank.close(payment["payment_id"])
            if payment["status"] == "closed":
                return self._intent(payment, form)
        raise Refused(400, "payment_intent_unexpected_state")

    def refund(self, request: Request, form: Form) -> Answer:
        form.allow("payment_intent", "amount", "metadata", "reason")
        payment = self.bank.load_payment(form.get("payment_intent"))
        key = _request_key(request)
        if form.get("amount"):
            minor = _minor(form, payment["currency"])
        elif known := self.desk.ledger.find("refund", key):
            minor = known["amount_minor"]
        else:
            minor = payment["captured_minor"] - payment["refunded_minor"]
        if minor <= 0:
            raise Refused(400, "charge_already_refunded")
        metadata = form.under("metadata")
        given = self.bank.give_back(key, payment["payment_id"], minor, metadata=metadata)
        return json_answer(200, objects.refund(given))

    def show_refund(self, _: Request, __: Form, key: str) -> Answer:
        return json_answer(200, objects.refund(self.bank.load_refund(key)))

    def list_refunds(self, _: Request, form: Form) -> Answer:
        intent = form.get("payment_intent")
        found = [
            objects.refund(given)
            for given in self._newest("refund")
            if intent in {"", given["payment_reference"]}
        ]
        return listed("/v1/refunds", found, form)

    def list_charges(self, _: Request, form: Form) -> Answer:
        with_fee = "data.balance_transaction" in form.several("expand")
        taken = [paid for paid in self._newest("payment") if paid["status"] == "captured"]
        taken.sort(key=lambda paid: -paid["captured_at"])
        found = [objects.charge(payment, with_fee=with_fee) for payment in taken]
        return listed("/v1/charges", found, form)

    def list_events(self, _: Request, form: Form) -> Answer:
        told = [self._event(event) for event in self.desk.ledger.list_all_events()]
        return listed("/v1/events", told[::-1], form, kinds=form.several("types"))

    def refund_in_dashboard(self, request: Request, _: Form, key: str) -> Answer:
        """As somebody does it by hand: without any id of the shop's."""
        payment, minor = self.bank.load_payment(key), request.json().get("amount")
        if type(minor) is not int or minor <= 0:
            raise Refused(400, "parameter_invalid_integer")
        given = self.bank.give_back(drawn("key"), payment["payment_id"], minor, metadata={})
        return json_answer(200, objects.refund(given))

    def claim_back(self, request: Request, _: Form, key: str) -> Answer:
        claim = self.bank.claim_back(key, str(request.json().get("outcome")))
        return json_answer(200, objects.dispute(claim))

    def _newest(self, kind: str) -> list[Document]:
        return self.desk.ledger.list_newest(kind, _NO_LIMIT)

    def _intent(self, payment: Document, form: Form) -> Answer:
        return _open(json_answer(200, self._shown(payment, form)))

    def _shown(self, payment: Document, form: Form) -> Document:
        url = self.desk.pay_url(payment["reference"])
        return objects.intent(payment, url, form.several("expand"))

    def _event(self, told: Document) -> Document:
        data = told["data"]
        return objects.event(told, self.desk.pay_url(data["reference"]))


def _script() -> Answer:
    """The file, with the words of the payment page for what can be rehearsed."""
    words = json.dumps(outcome_texts(), ensure_ascii=False)
    text = f"const OUTCOMES = {words};\n{SCRIPT.read_text(encoding='utf-8')}"
    return _open(Answer(200, text.encode(), "text/javascript; charset=utf-8"))


def _open(answer: Answer) -> Answer:
    """To be read by the page of any shop."""
    return Answer(answer.status, answer.body, answer.media_type, _FROM_ANYWHERE)


def _text(request: Request) -> str:
    return request.body.decode(errors="replace")


def _request_key(request: Request) -> str:
    """Without one each request is another."""
    key = request.headers.get("idempotency-key") or drawn("key")
    if len(key) > 255:
        raise Refused(400, "invalid_idempotency_key")
    return key


def _terms(form: Form) -> Document:
    """What the page shows of an intent, and what comes back in events."""
    currency, metadata = form.get("currency").upper(), form.under("metadata")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise Refused(400, "invalid_currency")
    return {
        "order_id": metadata.get("order_id", ""),
        "order_number": metadata.get("order_number", ""),
        "amount_minor": _minor(form, currency),
        "currency": currency,
        "metadata": metadata,
    }


def _minor(form: Form, currency: str) -> int:
    amount = form.number("amount")
    if amount % objects.units(1, currency):
        raise Refused(400, "amount_invalid")
    return amount // objects.units(1, currency)


_INTENTS, _ID = "/v1/payment_intents", r"(\w{1,100})"
_ROUTES: tuple[tuple[str, str, Callable[..., Answer], Caller], ...] = (
    ("POST", _INTENTS, StripeFacade.open_intent, "merchant"),
    ("GET", rf"{_INTENTS}/search", StripeFacade.search_intents, "merchant"),
    ("GET", rf"{_INTENTS}/{_ID}", StripeFacade.show_intent, "buyer"),
    ("POST", rf"{_INTENTS}/{_ID}/confirm", StripeFacade.confirm_intent, "buyer"),
    ("POST", rf"{_INTENTS}/{_ID}/cancel", StripeFacade.cancel_intent, "merchant"),
    ("POST", "/v1/refunds", StripeFacade.refund, "merchant"),
    ("GET", "/v1/refunds", StripeFacade.list_refunds, "merchant"),
    ("GET", rf"/v1/refunds/{_ID}", StripeFacade.show_refund, "merchant"),
    ("GET", "/v1/charges", StripeFacade.list_charges, "merchant"),
    ("GET", "/v1/events", StripeFacade.list_events, "merchant"),
    ("POST", rf"/practice/{_ID}/refunds", StripeFacade.refund_in_dashboard, "anyone"),
    ("POST", rf"/practice/{_ID}/disputes", StripeFacade.claim_back, "anyone"),
)
