"""The practice tax platform: takes requests for e-invoices, decides a moment later, signs all.

PUT /v1/requests/{request_id}        ask for one; the same id never makes a second one
GET /v1/requests/{request_id}        {"state": "pending" | "issued" | "rejected", "number", …}
GET /v1/requests/{request_id}/paper  its PDF, which says in both languages that it is none
GET /v1/requests/{request_id}/page   the same for a browser, unsigned
GET /requests                        the newest, for the local overview page, unsigned
A script says, unsigned, what becomes of the next requests, as many as `times` says:
POST /practice/outcomes {"outcome": "issued" | "rejected" | "pending", "times"?, "fault"?,
"message"?}, decided at once; and of one that is still pending likewise
POST /practice/requests/{request_id}.
Like the real ones it refuses by itself a seller without a tax id, a company's title without one,
and a red-letter invoice beyond what it corrects. Its API fails on demand: `base_faults`.
"""

import hmac
import secrets
import time
from collections.abc import Callable

from chalicelib.domain.inbound_signatures import signature_of
from chalicelib.einvoices.practice import signed_content
from infra.local.counterparts._einvoice_paper import draw
from infra.local.counterparts.base import Answer, Desk, Refused, Request, json_answer, routed
from infra.local.counterparts.base_ledger import Document

KIND = "einvoice"
DECIDES_AFTER_SECONDS = 1.0
_CLOCK_SECONDS_MAX = 300
_TIMES_MAX = 1000
_LIST_MAX = 100
_OUTCOMES = frozenset({"issued", "rejected", "pending"})
_FAULTS = frozenset({"buyer", "seller", "quota", "other"})
_COMPANY = ("公司", "有限", "Ltd", "Inc", "GmbH")


class TaxPlatform:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._keys = desk.remembered("keys.json", _new_keys)
        self._planned: list[Document] = []

    def secret(self) -> Document:
        return self._keys | {"api_base": self.desk.api_base}

    def answer(self, request: Request) -> Answer:
        (_, _, act), keys = routed(request, _ROUTES)
        return act(self, request, *keys)

    def refusal(self, refused: Refused) -> Answer:
        return json_answer(refused.status, {"error": {"code": refused.code}})

    def put(self, request: Request, request_id: str) -> Answer:
        return self._signed(request, lambda: self._taken(request_id, request.json()))

    def show(self, request: Request, request_id: str) -> Answer:
        return self._signed(request, lambda: json_answer(200, _shown(self._load(request_id))))

    def paper(self, request: Request, request_id: str) -> Answer:
        return self._signed(request, lambda: self._drawn(request_id))

    def page(self, _: Request, request_id: str) -> Answer:
        return self._drawn(request_id)

    def list_newest(self, _: Request) -> Answer:
        newest = self.desk.ledger.list_newest(KIND, _LIST_MAX)
        return json_answer(200, {"items": [_listed(self._load(o["request_id"])) for o in newest]})

    def plan(self, request: Request) -> Answer:
        wish = _outcome(request.json())
        self._planned = [wish] * int(wish["times"])
        return json_answer(200, wish)

    def decide(self, request: Request, request_id: str) -> Answer:
        with self.desk.ledger.transaction():
            found = self._by_now(request_id)
            if found["state"] != "pending":
                raise Refused(409, f"already_{found['state']}")
            found |= {"plan": _outcome(request.json()), "decides_at": 0.0}
            self.desk.ledger.save(KIND, request_id, found)
            return json_answer(200, _shown(self._by_now(request_id)))

    def _signed(self, request: Request, act: Callable[[], Answer]) -> Answer:
        """The request must be the store's own; the answer, a refusal too, is ours."""
        moment, key = request.headers.get("practice-time", ""), self._keys["key"]
        place = f"{request.method} {request.path}"
        try:
            self._require(request, place, moment)
            answer = act()
        except Refused as refused:
            answer = self.refusal(refused)
        content = signed_content(f"{answer.status} {place}", moment, answer.body)
        headers = {"Practice-Signature": signature_of(key, content)}
        return Answer(answer.status, answer.body, answer.media_type, headers)

    def _require(self, request: Request, place: str, moment: str) -> None:
        expected = signature_of(self._keys["key"], signed_content(place, moment, request.body))
        given = request.headers.get("practice-signature", "")
        known = request.headers.get("practice-account") == self._keys["account"]
        if not (known and hmac.compare_digest(given.encode(), expected.encode())):
            raise Refused(401, "invalid_signature")
        if not moment.isdigit() or abs(time.time() - int(moment)) > _CLOCK_SECONDS_MAX:
            raise Refused(401, "stale_request")

    def _taken(self, request_id: str, wish: Document) -> Answer:
        with self.desk.ledger.transaction():
            found = self.desk.ledger.find(KIND, request_id)
            if found is None:
                found = self._new(request_id, wish)
                self.desk.ledger.save(KIND, request_id, found)
                return json_answer(201, _shown(found))
        if found["wish"] != wish:
            raise Refused(409, "request_id_used")
        return json_answer(200, _shown(self._load(request_id)))

    def _new(self, request_id: str, wish: Document) -> Document:
        plan, decides_at = {"outcome": "issued"}, time.time() + DECIDES_AFTER_SECONDS
        if self._planned:
            plan, decides_at = self._planned.pop(), 0.0
        return {
            "request_id": request_id,
            "reference": request_id,
            "wish": wish,
            "state": "pending",
            "asked_at": time.time(),
            "decides_at": decides_at,
            "plan": self._objection(wish) or plan,
        }

    def _objection(self, wish: Document) -> Document | None:
        """What the platform refuses by itself."""
        buyer = wish.get("buyer") or {}
        title = str(buyer.get("title") or "")
        if not (wish.get("seller") or {}).get("tax_id"):
            return _rejection("seller", "销售方缺少纳税人识别号 / The seller has no tax ID")
        if any(word in title for word in _COMPANY) and not buyer.get("tax_id"):
            return _rejection("buyer", "企业抬头缺少税号 / A company's title needs its tax ID")
        if wish.get("kind") == "credit_note" and self._left(wish) < _minor(wish):
            return _rejection("other", "红字金额超出原发票 / More than the original has left")
        return None

    def _left(self, wish: Document) -> int:
        """What is left of the one that a red-letter one corrects."""
        number = wish.get("corrects_number")
        issued = [one for one in self._all() if one["state"] == "issued"]
        blue = sum(_minor(one["wish"]) for one in issued if one["number"] == number)
        red = sum(_minor(o["wish"]) for o in issued if o["wish"].get("corrects_number") == number)
        return blue - red

    def _all(self) -> list[Document]:
        return self.desk.ledger.list_newest(KIND, _TIMES_MAX)

    def _load(self, request_id: str) -> Document:
        with self.desk.ledger.transaction():
            return self._by_now(request_id)

    def _by_now(self, request_id: str) -> Document:
        """Decided once its moment has come."""
        found = self.desk.ledger.find(KIND, request_id)
        if found is None:
            raise Refused(404, "request_unknown")
        plan = found["plan"]
        is_due = found["state"] == "pending" and found["decides_at"] <= time.time()
        if is_due and plan["outcome"] != "pending":
            found["state"] = plan["outcome"]
            if found["state"] == "issued":
                found["number"] = f"PRACTICE-{secrets.randbelow(10**11):011d}"
                found["link"] = f"{self.desk.pages}/v1/requests/{request_id}/page"
            else:
                found |= {"fault": plan["fault"], "message": plan["message"]}
            self.desk.ledger.save(KIND, request_id, found)
        return found

    def _drawn(self, request_id: str) -> Answer:
        found = self._load(request_id)
        if found["state"] != "issued":
            raise Refused(409, f"request_{found['state']}")
        return Answer(200, draw(found["number"], found["wish"]), "application/pdf")


def _new_keys() -> Document:
    return {"account": f"practice-{secrets.token_hex(4)}", "key": secrets.token_urlsafe(32)}


def _shown(found: Document) -> Document:
    names = ("request_id", "state", "number", "link", "fault", "message")
    return {name: found[name] for name in names if name in found}


def _listed(found: Document) -> Document:
    wish = found["wish"]
    about = {name: wish[name] for name in ("kind", "order_number", "document_number", "total")}
    return _shown(found) | about | {"asked_at": found["asked_at"]}


def _outcome(wish: Document) -> Document:
    outcome, times = wish.get("outcome"), wish.get("times", 1)
    if outcome not in _OUTCOMES or type(times) is not int or not 0 <= times <= _TIMES_MAX:
        raise Refused(422, "invalid_outcome")
    if wish.get("fault", "other") not in _FAULTS:
        raise Refused(422, "invalid_fault")
    told = {"fault": wish.get("fault", "other"), "message": str(wish.get("message", ""))[:200]}
    return {"outcome": outcome, "times": times, **told}


def _rejection(fault: str, message: str) -> Document:
    return {"outcome": "rejected", "fault": fault, "message": message}


def _minor(wish: Document) -> int:
    return int(wish["total"]["amount_minor"])


_ID = r"([\w-]{1,64})"
_ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("PUT", rf"/v1/requests/{_ID}", TaxPlatform.put),
    ("GET", rf"/v1/requests/{_ID}", TaxPlatform.show),
    ("GET", rf"/v1/requests/{_ID}/paper", TaxPlatform.paper),
    ("GET", rf"/v1/requests/{_ID}/page", TaxPlatform.page),
    ("GET", r"/requests", TaxPlatform.list_newest),
    ("POST", r"/practice/outcomes", TaxPlatform.plan),
    ("POST", rf"/practice/requests/{_ID}", TaxPlatform.decide),
)
