"""The practice companies' HTTP side: payment pages for all, each company's API under its prefix.

Beside a company's API: GET and POST `…/pay/{reference}` for the buyer, whose address is secret
enough, and GET `…/payments`, the newest first, for the local overview page.
"""

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from infra.local.counterparts import base_faults, base_page
from infra.local.counterparts.base import Answer, Answering, Facade, Refused, Request, json_answer
from infra.local.counterparts.base_faults import Faults
from infra.local.counterparts.base_ledger import Document

_BODY_BYTES_MAX = 64_000
_LIST_MAX = 100
_FORM = "application/x-www-form-urlencoded"


class Server(ThreadingHTTPServer):
    """On loopback. A facade at the prefix "" gets every path that no other one takes."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Exchange)
        self.base = f"http://127.0.0.1:{self.server_port}"
        self._mounted: dict[str, Answering] = {}
        self._faults: dict[str, Faults] = {}

    def mount(self, prefix: str, facade: Answering) -> None:
        self._mounted[prefix] = facade
        self._faults[facade.desk.name] = Faults()

    def find(self, path: str) -> tuple[Answering | None, str]:
        """The company that a path is meant for, and the rest of the path."""
        _, prefix, *rest = path.split("/", 2)
        if prefix in self._mounted:
            return self._mounted[prefix], "/" + "/".join(rest)
        return self._mounted.get(""), path

    def ask(self, facade: Answering | None, request: Request) -> Answer:
        if facade is None:
            raise Refused(404, "not_found")
        faults = self._faults[facade.desk.name]
        return _for_buyers(facade, request, faults) or faults.meet(
            lambda: _by_company(facade, request)
        )


class _Exchange(BaseHTTPRequestHandler):
    """One request and its answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30
    server: Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        target = urlsplit(self.path)
        facade, path = self.server.find(target.path)
        try:
            body = self._read_body()
            query = {name: values[0] for name, values in parse_qs(target.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, path, self.path, query, headers, body)
            answer = self.server.ask(facade, request)
        except Refused as refused:
            answer = facade.refusal(refused) if facade else plain_refusal(refused)
        self._send(answer)

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _BODY_BYTES_MAX:
            self.close_connection = True
            raise Refused(413, "body_too_large")
        return self.rfile.read(int(length))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {
            "Content-Type": answer.media_type,
            "Content-Length": str(len(answer.body)),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            **answer.headers,
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Silent: a payment page's address is a secret, and the front door logs requests."""


def _by_company(facade: Answering, request: Request) -> Answer:
    try:
        return facade.answer(request)
    except Refused as refused:
        return facade.refusal(refused)


def plain_refusal(refused: Refused) -> Answer:
    return json_answer(refused.status, {"error": {"code": refused.code}})


def _for_buyers(facade: Answering, request: Request, faults: Faults) -> Answer | None:
    """The page, the list and the faults, which all companies have alike; None for the API's paths.

    Whatever stands before is a prefix that somebody in front of us left there.
    """
    try:
        if request.method == "POST" and request.path.endswith(base_faults.PATH):
            return faults.plan(request)
        if not isinstance(facade, Facade):
            return None
        if request.method == "GET" and request.path.endswith("/payments"):
            newest = facade.bank.ledger.list_newest("payment", _LIST_MAX)
            return json_answer(200, {"items": [facade.desk.shown(found) for found in newest]})
        at, act = re.search(r"/pay/([\w.-]{1,100})$", request.path), _ON_PAGE.get(request.method)
        if at and act:
            return act(facade, request, at[1])
    except Refused as refused:
        return plain_refusal(refused)
    return None


def _show_page(facade: Facade, request: Request, reference: str) -> Answer:
    return _page(200, facade, request, facade.bank.load_payment(reference))


def _pay(facade: Facade, request: Request, reference: str) -> Answer:
    """A script gets JSON, a person's browser is sent back to the shop."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if media_type == _FORM:
        return _pay_by_form(facade, request, reference)
    if media_type != "application/json":
        raise Refused(415, "unsupported_media_type")
    outcome = request.json().get("outcome")
    if not isinstance(outcome, str):
        raise Refused(422, "invalid_outcome")
    return json_answer(200, facade.desk.shown(facade.bank.pay(reference, outcome)))


def _pay_by_form(facade: Facade, request: Request, reference: str) -> Answer:
    facade.bank.load_payment(reference)
    outcome = parse_qs(request.body.decode(errors="replace")).get("outcome", [""])[0]
    try:
        payment = facade.bank.pay(reference, outcome)
    except Refused as refused:
        return _page(refused.status, facade, request, facade.bank.load_payment(reference))
    back = _way_back(request, payment) or facade.desk.pay_url(reference)
    return Answer(303, media_type="text/plain", headers={"Location": back})


def _page(status: int, facade: Facade, request: Request, payment: Document) -> Answer:
    language = base_page.language_of(request.query.get("lang"), payment)
    shown = payment | {"return_url": _way_back(request, payment)}
    page = base_page.render(shown, language, facade.titles[language])
    return Answer(status, page.encode(), "text/html; charset=utf-8")


def _way_back(request: Request, payment: Document) -> str:
    """To the shop, as the payment has it or the address of this page."""
    url = str(payment.get("return_url") or request.query.get("redirect_url", ""))
    return url if url.startswith(("http://", "https://")) else ""


_ON_PAGE = {"GET": _show_page, "POST": _pay}
