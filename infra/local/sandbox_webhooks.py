"""Posting the sandbox provider's events to Docket: signed at each attempt, retried, kept."""

import hashlib
import hmac
import logging
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

from infra.local.sandbox_ledger import Ledger

HEADER = "Sandbox-Signature"
TIMEOUT_SECONDS = 10
_LEASE_SECONDS = TIMEOUT_SECONDS + 5

log = logging.getLogger(__name__)


def signature(secret: str, body: bytes, timestamp: int) -> str:
    """`t=…,v1=…`: an HMAC-SHA256 over `<t>.<body>`."""
    mac = hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256)
    return f"t={timestamp},v1={mac.hexdigest()}"


class Courier(threading.Thread):
    """Sends what is due, a few at a time: a slow receiver holds up no other event for long."""

    def __init__(self, ledger: Ledger, url: str, secret: str) -> None:
        super().__init__(name="courier", daemon=True)
        self._ledger = ledger
        self._url = url
        self._secret = secret
        self._news = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="delivery")

    def wake(self) -> None:
        self._news.set()

    def run(self) -> None:
        while True:
            self._news.clear()
            for delivery_id, body in self._ledger.take_due(time.time(), _LEASE_SECONDS):
                self._pool.submit(self._deliver, delivery_id, body.encode())
            due_at = self._ledger.next_due_at()
            self._news.wait(None if due_at is None else max(due_at - time.time(), 0))

    def _deliver(self, delivery_id: int, body: bytes) -> None:
        delivered = self._post(body)
        self._ledger.record_attempt(delivery_id, time.time(), delivered=delivered)
        self.wake()

    def _post(self, body: bytes) -> bool:
        headers = {
            "Content-Type": "application/json",
            HEADER: signature(self._secret, body, int(time.time())),
        }
        request = urllib.request.Request(self._url, body, headers)
        try:
            with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return 200 <= answer.status < 300
        except (OSError, HTTPException) as error:  # an HTTP error status is an OSError here
            log.info("webhook not taken: %s", error)
            return False


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))
