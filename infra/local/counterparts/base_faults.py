"""Faults of a practice company's API on demand: `POST …/practice/faults {"fault": …, "times": …}`.

The next calls of the API, as many as `times` says (0 takes a plan back), meet the fault:
- `refused`: nothing is done, and the answer is 503;
- `lost`: it is done, and the answer is 503 all the same;
- `slow`: it is done, and answered when nobody waits any longer;
- `garbled`: one byte of the answer is changed, so that no signature over it fits.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from infra.local.counterparts.base import Answer, Refused, Request, json_answer
from infra.local.counterparts.base_ledger import Document

PATH = "/practice/faults"
_FAULTS = frozenset({"refused", "lost", "slow", "garbled"})
_TIMES_MAX = 1000
_SLOW_SECONDS = 4.0  # Docket reads for 3 s


class Faults:
    """What the next calls of one company's API meet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fault = ""
        self._left = 0

    def plan(self, request: Request) -> Answer:
        wish = request.json()
        fault, times = wish.get("fault"), wish.get("times", 1)
        if fault not in _FAULTS or type(times) is not int or not 0 <= times <= _TIMES_MAX:
            raise Refused(422, "invalid_fault")
        with self._lock:
            self._fault, self._left = fault, times
        return json_answer(200, self._planned())

    def meet(self, answer: Callable[[], Answer]) -> Answer:
        """The answer, or what became of it on its way."""
        fault = self._take()
        if fault == "refused":
            return _down()
        given = answer()
        if fault == "lost":
            return _down()
        if fault == "slow":
            time.sleep(_SLOW_SECONDS)
        return replace(given, body=_garbled(given.body)) if fault == "garbled" else given

    def _take(self) -> str:
        with self._lock:
            if not self._left:
                return ""
            self._left -= 1
            return self._fault

    def _planned(self) -> Document:
        return {"fault": self._fault, "times": self._left}


def _down() -> Answer:
    return json_answer(503, {"error": "service_unavailable"})


def _garbled(body: bytes) -> bytes:
    """With its last letter or digit changed for another one: what is left is as well formed."""
    changed = bytearray(body)
    for at in range(len(changed) - 1, -1, -1):
        if chr(changed[at]).isalnum() and changed[at] < 128:
            changed[at] = ord("7") if changed[at] != ord("7") else ord("8")
            break
    return bytes(changed)
