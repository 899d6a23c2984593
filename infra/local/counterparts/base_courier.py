"""Posting a practice company's events to Docket: signed at each attempt, retried, kept."""

import json
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

from infra.local.counterparts.base import Facade, Notification
from infra.local.counterparts.base_ledger import Ledger

TIMEOUT_SECONDS = 10
_LEASE_SECONDS = TIMEOUT_SECONDS + 5
_ANSWER_BYTES_MAX = 64_000

log = logging.getLogger(__name__)


class Courier(threading.Thread):
    """Sends what is due, a few at a time: a slow receiver holds up no other event for long."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(name="courier", daemon=True)
        self._ledger = ledger
        self._news = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="delivery")

    def serve(self, facade: Facade) -> None:
        self._facade = facade
        self.start()

    def wake(self) -> None:
        self._news.set()

    def run(self) -> None:
        while True:
            self._news.clear()
            for delivery_id, text in self._ledger.take_due(time.time(), _LEASE_SECONDS):
                self._pool.submit(self._deliver, delivery_id, text)
            due_at = self._ledger.next_due_at()
            self._news.wait(None if due_at is None else max(due_at - time.time(), 0))

    def _deliver(self, delivery_id: int, text: str) -> None:
        try:
            is_done = self._tell(text)
        except Exception:
            log.exception("an event could not be told")
            is_done = False
        self._ledger.record_attempt(delivery_id, time.time(), delivered=is_done)
        self.wake()

    def _tell(self, text: str) -> bool:
        """Whether there is nothing more to do. A badly signed one is not tried a second time."""
        event = json.loads(text)
        is_bad = event.pop("badly_signed", False)
        notification = self._facade.notification(event, badly_signed=is_bad)
        return notification is None or post(notification, self._facade.is_taken) or is_bad


def post(notification: Notification, is_taken: Callable[[int, bytes], bool]) -> bool:
    request = urllib.request.Request(
        notification.url, notification.body, dict(notification.headers), method="POST"
    )
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
            taken = is_taken(answer.status, answer.read(_ANSWER_BYTES_MAX))
    except urllib.error.HTTPError as error:
        with error:
            taken = is_taken(error.code, error.read(_ANSWER_BYTES_MAX))
    except (OSError, HTTPException) as error:
        log.info("webhook not sent: %s", error)
        return False
    if not taken:
        log.info("webhook not taken: %s", notification.url)
    return taken


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))
