"""The API as a client meets it, over Chalice's test client and signed tokens."""

import json
from types import TracebackType
from typing import Any, Self

from chalice.test import Client as ChaliceClient

GUEST_KEY = "guest-key-0123456789-"


class Answer:
    def __init__(self, response: Any) -> None:
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.content: bytes = response.body or b""
        self.text = self.content.decode(errors="replace")

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return self.json["code"]


class Client:
    """`send("POST", "/v1/orders", {...}, key="…", token="…")`."""

    def __enter__(self) -> Self:
        from app import app

        self._chalice = ChaliceClient(app)
        self._chalice.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._chalice.__exit__(kind, error, trace)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        authorization: str | None = None,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        sent = {"Accept": "application/json", **(headers or {})}
        data = raw if raw is not None else b""
        if body is not None:
            data = json.dumps(body).encode()
        if data or body is not None:
            sent.setdefault("Content-Type", "application/json")
        if key is not None:
            sent["Idempotency-Key"] = key
        if authorization is not None:
            sent["Authorization"] = authorization
        response = self._chalice.http.request(method, path, headers=sent, body=data)
        return Answer(response)
