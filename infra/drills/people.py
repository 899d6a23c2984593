"""Whoever speaks to the stage over its public API, and does not give up too early."""

import json
import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import urllib3

from infra.local.accounts import SIGN_IN_WITH

INSIST_SECONDS = 240
_PAUSE_SECONDS = 0.5
# 412 under `If-Match: *` says that somebody else wrote at the same moment.
_LATER = frozenset({412, 429, 500, 502, 503, 504})


class Answer(NamedTuple):
    status: int
    json: Any


class Lost(Exception):
    """Something that was promised is not there."""


def fresh(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(12)}"


class Person:
    """Somebody with a device; signed in when `email` is given."""

    def __init__(
        self, url: str, email: str | None = None, patience_seconds: float = INSIST_SECONDS
    ) -> None:
        self._url = url
        self._patience_seconds = patience_seconds
        self._http = urllib3.PoolManager(maxsize=8, timeout=40, retries=False)
        self._bearer = ""
        if email:
            wish = {"email": email, "password": SIGN_IN_WITH}
            self._bearer = self.insist("POST", "/v1/auth/sign-in", wish).json["access_token"]

    def ask(self, method: str, path: str, body: Any = None, key: str = "") -> Answer:
        """Once; status 0 when nobody answered."""
        headers = {"Accept": "application/json", "If-Match": "*"}
        if self._bearer:
            headers["Authorization"] = f"Bearer {self._bearer}"
        if key:
            headers["Idempotency-Key"] = key
        sent = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            sent = json.dumps(body).encode()
        url = path if path.startswith("http") else self._url + path
        try:
            answer = self._http.request(method, url, body=sent, headers=headers)
        except urllib3.exceptions.HTTPError:
            return Answer(0, None)
        is_json = "json" in answer.headers.get("Content-Type", "")
        return Answer(answer.status, answer.json() if is_json else None)

    def insist(
        self,
        method: str,
        path: str,
        body: Any = None,
        key: str = "",
        *,
        heard: Callable[[Answer], None] = lambda _: None,
    ) -> Answer:
        """The same request again until it has an answer that lasts; `heard` gets each one."""
        ends = time.monotonic() + self._patience_seconds
        while True:
            answer = self.ask(method, path, body, key)
            heard(answer)
            in_progress = answer.status == 409 and answer.json["code"] == "request_in_progress"
            if not (answer.status == 0 or answer.status in _LATER or in_progress):
                return answer
            if time.monotonic() > ends:
                raise Lost(f"{method} {path} was never answered: {answer}")
            time.sleep(_PAUSE_SECONDS)

    def get(self, path: str) -> Any:
        answer = self.insist("GET", path)
        if answer.status != 200:
            raise Lost(f"GET {path} answered {answer}")
        return answer.json

    def list(self, path: str) -> list[Any]:
        """All pages."""
        found: list[Any] = []
        cursor = ""
        while True:
            page = self.get(f"{path}{'&' if '?' in path else '?'}limit=100{cursor}")
            found += page["items"]
            if not page["next_cursor"]:
                return found
            cursor = f"&cursor={page['next_cursor']}"


def until(holds: Callable[[], Any], seconds: float, what: str) -> Any:
    """What `holds` gives once it is true; raises `Lost` when it never is."""
    ends = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > ends:
            raise Lost(f"{what}: not within {seconds:g} s")
        time.sleep(_PAUSE_SECONDS)
    return found
