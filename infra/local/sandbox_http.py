"""The sandbox provider's HTTP side: the API, the payment page and the answers' shape."""

import hmac
import json
import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from infra.local import sandbox_page
from infra.local.sandbox_bank import Bank, Refused
from infra.local.sandbox_ledger import Document, Ledger

_BODY_BYTES_MAX = 64_000
_LIST_MAX = 100
_TERMS = {
    "order_id": str, "order_number": str, "method": str, "amount_minor": int, "currency": str,
    "return_url": str, "language": str,
}  # fmt: skip


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, port: int, bank: Bank, ledger: Ledger, secret_key: str, public_url: str | None
    ) -> None:
        super().__init__(("127.0.0.1", port), _Exchange)
        self.bank = bank
        self.ledger = ledger
        self.secret_key = secret_key
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.public_url = (public_url or self.base).rstrip("/")

    def shown(self, payment: Document) -> Document:
        return payment | {"pay_url": f"{self.public_url}/pay/{payment['reference']}"}


class _Exchange(BaseHTTPRequestHandler):
    """One request and its answer. The first route that fits the method and path is taken."""

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
        self.query = {name: values[0] for name, values in parse_qs(target.query).items()}
        try:
            self.body = self._read_body()
            self._dispatch(target.path)
        except Refused as refused:
            self._send_json(refused.status, {"error": {"code": refused.code}})

    def _dispatch(self, path: str) -> None:
        for method, pattern, view, is_private in _ROUTES:
            match = re.search(pattern, path)
            if match and method == self.command:
                if is_private:
                    self._check_key()
                return view(self, *match.groups())
        raise Refused(404, "not_found")

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _BODY_BYTES_MAX:
            self.close_connection = True
            raise Refused(413, "body_too_large")
        return self.rfile.read(int(length))

    def _check_key(self) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self.server.secret_key.encode()):
            raise Refused(401, "unauthenticated")

    def _values(self, **fields: type) -> Document:
        try:
            values = json.loads(self.body)
        except ValueError as error:
            raise Refused(400, "malformed") from error
        if not isinstance(values, dict):
            raise Refused(422, "invalid_input")
        for name, kind in fields.items():
            if type(values.get(name)) is not kind:
                raise Refused(422, f"invalid_{name}")
        return {name: values[name] for name in fields}

    def _number(self, name: str, default: int) -> int:
        text = self.query.get(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise Refused(422, f"invalid_{name}")
        return int(text)

    def open_payment(self, payment_id: str) -> None:
        terms = self._values(**_TERMS)
        if terms["amount_minor"] <= 0:
            raise Refused(422, "invalid_amount_minor")
        if terms["return_url"] and urlsplit(terms["return_url"]).scheme not in {"http", "https"}:
            raise Refused(422, "invalid_return_url")
        self._send_json(200, self.server.shown(self.server.bank.open(payment_id, terms)))

    def show_payment(self, payment_id: str) -> None:
        self._send_json(200, self.server.shown(self.server.bank.load_payment(payment_id)))

    def close_payment(self, payment_id: str) -> None:
        self._send_json(200, self.server.shown(self.server.bank.close(payment_id)))

    def refund(self, refund_id: str) -> None:
        values = self._values(payment_id=str, amount_minor=int)
        if values["amount_minor"] <= 0:
            raise Refused(422, "invalid_amount_minor")
        self._send_json(200, self.server.bank.give_back(refund_id, **values))

    def show_refund(self, refund_id: str) -> None:
        self._send_json(200, self.server.bank.load_refund(refund_id))

    def list_events(self) -> None:
        limit = min(self._number("limit", _LIST_MAX), _LIST_MAX)
        events = self.server.ledger.list_events(self._number("after", 0), limit)
        self._send_json(200, {"items": events})

    def list_payments(self) -> None:
        newest = self.server.ledger.list_newest("payment", _LIST_MAX)
        self._send_json(200, {"items": [self.server.shown(payment) for payment in newest]})

    def show_page(self, reference: str) -> None:
        self._send_page(200, self.server.bank.load_payment(reference))

    def pay(self, reference: str) -> None:
        """A script gets JSON, a person's browser is sent back to the shop."""
        media_type = self.headers.get_content_type()
        if media_type == "application/x-www-form-urlencoded":
            return self._pay_by_form(reference)
        if media_type != "application/json":
            raise Refused(415, "unsupported_media_type")
        outcome = self._values(outcome=str)["outcome"]
        return self._send_json(200, self.server.shown(self.server.bank.pay(reference, outcome)))

    def _pay_by_form(self, reference: str) -> None:
        payment = self.server.bank.load_payment(reference)
        outcome = parse_qs(self.body.decode(errors="replace")).get("outcome", [""])[0]
        try:
            payment = self.server.bank.pay(reference, outcome)
        except Refused as refused:
            return self._send_page(refused.status, self.server.bank.load_payment(reference))
        back = payment["return_url"] or f"{self.server.public_url}/pay/{reference}"
        return self._send(303, "text/plain", b"", Location=back)

    def _send_page(self, status: int, payment: Document) -> None:
        language = sandbox_page.language_of(self.query.get("lang"), payment)
        page = sandbox_page.render(payment, language)
        self._send(status, "text/html; charset=utf-8", page.encode())

    def _send_json(self, status: int, value: Any) -> None:
        encoded = json.dumps(value, ensure_ascii=False).encode()
        self._send(status, "application/json; charset=utf-8", encoded)

    def _send(self, status: int, media_type: str, content: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Silent: a payment page's address is a secret, and the front door logs requests."""


_ID = r"([\w.-]{1,100})"
_ROUTES: tuple[tuple[str, str, Callable[..., None], bool], ...] = (
    ("PUT", rf"^/v1/payments/{_ID}$", _Exchange.open_payment, True),
    ("GET", rf"^/v1/payments/{_ID}$", _Exchange.show_payment, True),
    ("POST", rf"^/v1/payments/{_ID}/close$", _Exchange.close_payment, True),
    ("PUT", rf"^/v1/refunds/{_ID}$", _Exchange.refund, True),
    ("GET", rf"^/v1/refunds/{_ID}$", _Exchange.show_refund, True),
    ("GET", r"^/v1/events$", _Exchange.list_events, True),
    ("GET", r"/payments$", _Exchange.list_payments, False),
    ("GET", rf"/pay/{_ID}$", _Exchange.show_page, False),
    ("POST", rf"/pay/{_ID}$", _Exchange.pay, False),
)
