"""Which requests leave a line in the audit trail, and what that line says.

One place for all routes: each write by staff and each refusal of a staff route, with what was
asked, what it was before (as far as the view noted it) and what it is after.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.audit import Outcome, Subject
from chalicelib.domain.errors import DocketError, NotAllowed, Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.observability import logger
from chalicelib.services import audit

# Whichever of these is known first names what an act was about.
_SUBJECTS = (
    "order_id", "case_id", "key_id", "incident_id", "ticket_id", "announcement_id", "rule", "sku",
    "store_id",
)  # fmt: skip
_KINDS = {"key_id": "api_key", "sku": "product"}
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete", "GET": "read"}
_SCALARS = (str, int, bool, datetime)


class Trail:
    """Follows one request. `caller`, `body` and `before` are filled in as they become known, and
    `only_read` by a view that changed nothing.
    """

    def __init__(
        self,
        *,
        method: str,
        path: str,
        path_params: Mapping[str, str],
        staff_route: bool,
        now: datetime,
        request_id: str,
    ) -> None:
        self._method = method
        self._path = path
        self._path_params = path_params
        self._staff_route = staff_route
        self.now = now
        self.request_id = request_id
        self.caller: Caller | None = None
        self.body: Any = None
        self.before: dict[str, Any] = {}
        self.only_read = method == "GET"

    def done(self, result: Any) -> None:
        """The view answered `result`, a struct or None."""
        if self.only_read or not self._concerns_staff():
            return
        facts = _fields(result)
        kept = {name: facts[name] for name in self.before if name in facts} or _scalars(facts)
        self._keep(facts, "done", after=kept)

    def failed(self, error: Exception) -> None:
        """Reads leave a line only when they were forbidden."""
        if not self._concerns_staff() or self.caller is None:
            return
        if self._method == "GET" and not isinstance(error, NotAllowed):
            return
        expected = isinstance(error, DocketError) and not isinstance(error, Unavailable)
        code = error.code if isinstance(error, DocketError) else "internal_error"
        self._keep({}, "refused" if expected else "failed", code=code)

    def one(
        self, subject: Subject, before: Any, *, after: Any = None, code: str | None = None
    ) -> None:
        """One of the many things that the request acts on: done, or refused with a code."""
        outcome: Outcome = "refused" if code else "done"
        self._append(
            audit.Act(
                action=_action(self._method, self._path),
                subject=subject,
                outcome=outcome,
                code=code,
                before=before or None,
                after=after,
            )
        )

    def _concerns_staff(self) -> bool:
        """Staff routes, whoever called; and staff who act on somebody's order elsewhere."""
        caller = self.caller
        if caller is None or caller.kind in {"anonymous", "guest"}:
            return False
        return self._staff_route or (caller.is_staff and "order_id" in self._path_params)

    def _keep(
        self,
        facts: Mapping[str, Any],
        outcome: Outcome,
        *,
        code: str | None = None,
        after: Any = None,
    ) -> None:
        # Builtins all the way down: what is nested is masked too, and fields left out are out.
        asked = msgspec.to_builtins(self.body) if isinstance(self.body, msgspec.Struct) else {}
        act = audit.Act(
            action=_action(self._method, self._path),
            subject=self._subject(facts, asked),
            outcome=outcome,
            code=code,
            store_id=_text(facts.get("store_id") or asked.get("store_id")),
            input=asked or None,
            before=self.before or None,
            after=after,
        )
        self._append(act)

    def _append(self, act: audit.Act) -> None:
        if self.caller is None:
            return
        try:
            audit.record(self.caller, act, self.now, self.request_id)
        except Unavailable:
            # What was done stays done; the log keeps the line that the table could not take.
            extra = {"actor": self.caller.id, "act": msgspec.to_builtins(act.subject)}
            logger.exception("audit line not kept", extra={**extra, "action": act.action})

    def _subject(self, facts: Mapping[str, Any], asked: Mapping[str, Any]) -> Subject:
        for known in (self._path_params, facts, asked):
            for name in _SUBJECTS:
                if known.get(name):
                    kind = _KINDS.get(name, name.removesuffix("_id"))
                    return Subject(kind, str(known[name])[:200])
        return Subject(_segments(self._path)[0], "*")


def _action(method: str, path: str) -> str:
    """`orders.accept`, `api-keys.create`, `rules.update`: what was done, in a word or two."""
    segments = _segments(path)
    is_step = method == "POST" and len(segments) > 1
    return ".".join(segments if is_step else [*segments, _VERBS[method]])


def _segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "v1", "ops"} and part[0] != "{"]


def _fields(value: Any) -> dict[str, Any]:
    if isinstance(value, msgspec.Struct):
        given = {name: getattr(value, name) for name in value.__struct_fields__}
        return {name: part for name, part in given.items() if part is not msgspec.UNSET}
    return dict(value) if isinstance(value, Mapping) else {}


def _scalars(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if isinstance(value, _SCALARS)}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
