"""The exceptions inbox: cases listed, read, and acted upon, one by one or many at once."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from chalicelib.api import cursors, problems
from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.domain import audit
from chalicelib.domain.alert_history import AlertSent
from chalicelib.domain.errors import DocketError, Unavailable
from chalicelib.domain.exception_cases import (
    CaseAct,
    CaseStatus,
    Cause,
    ExceptionCase,
    RepairOutcome,
    RepairRun,
    Subject,
)
from chalicelib.domain.money import Money, sums
from chalicelib.domain.orders import PaymentState, Status
from chalicelib.domain.repair_patience import Action
from chalicelib.domain.text import localized
from chalicelib.domain.thresholds import Severity
from chalicelib.services import affected, case_actions, exception_cases
from chalicelib.services.case_actions import ActionName, Wish
from chalicelib.services.exception_cases import CaseFilter

routes = ApiBlueprint(__name__)
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Aware = Annotated[datetime, msgspec.Meta(tz=True)]
_KEPT = ("status", "assignee", "acknowledged_by", "muted_until", "resolved_by", "version")


class CaseQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    status: CaseStatus | None = None
    rule: Name | None = None
    severity: Severity | None = None
    cursor: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


class RepairView(msgspec.Struct, frozen=True):
    at: datetime
    action: Action
    outcome: RepairOutcome
    detail: str


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """`summary` is for staff; `customer_message` is what the customer was told, if anything.

    What `needs_approval` is not repaired before a manager asks for the repair.
    """

    case_id: str
    rule: str
    severity: Severity
    status: CaseStatus
    subject: Subject
    store_id: str
    summary: str
    customer_message: str | None
    cause: Cause
    opened_at: datetime
    last_seen_at: datetime
    count: int
    assignee: str | None
    acknowledged_by: str | None
    muted_until: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    can_repair: bool
    needs_approval: bool
    repairs: tuple[RepairView, ...]
    alerts: tuple[AlertSent, ...]
    log: tuple[CaseAct, ...]
    money_at_risk: Money | None
    version: int


class CaseList(msgspec.Struct, frozen=True, kw_only=True):
    """`counts` are the unresolved cases by severity, whatever the page shows."""

    items: list[CaseView]
    next_cursor: str | None
    counts: dict[str, int]


class CaseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`assignee` is for assigning, `until` for muting; `reason` goes into the audit trail."""

    assignee: Name | None = None
    until: Aware | None = None
    reason: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class BulkRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    case_ids: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=50)]
    action: ActionName
    assignee: Name | None = None
    until: Aware | None = None
    reason: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class BulkItem(msgspec.Struct, frozen=True, kw_only=True):
    """`outcome` is `done` with the case, or `refused` with the problem's code and detail."""

    case_id: str
    outcome: str
    case: CaseView | None = None
    code: str | None = None
    detail: str | None = None


class BulkAnswer(msgspec.Struct, frozen=True):
    items: list[BulkItem]


@routes.get(
    "/ops/exceptions",
    summary="Exception cases, the worst and oldest first",
    access="staff",
    query=CaseQuery,
    returns=CaseList,
)
def list_exceptions(request: Request[None]) -> CaseList:
    asked: CaseQuery = request.query
    scope = f"cases:{request.caller.id}:{asked.status}:{asked.rule}:{asked.severity}"
    start = tuple(cursors.decode(asked.cursor, scope)) if asked.cursor else None
    wanted = CaseFilter(status=asked.status, rule=asked.rule, severity=asked.severity)
    page = exception_cases.list_cases(request.caller, wanted, asked.limit, start)
    return CaseList(
        items=[view(case, request.language) for case in page.cases],
        next_cursor=cursors.encode(page.position, scope) if page.position else None,
        counts=exception_cases.counts_by_severity(request.caller),
    )


@routes.get("/ops/exceptions/{case_id}", summary="One case", access="staff", returns=CaseView)
def read_exception(request: Request[None], case_id: str) -> Reply:
    return _reply(exception_cases.load_for(request.caller, case_id), request.language)


class AffectedOrder(msgspec.Struct, frozen=True, kw_only=True):
    order_id: str
    number: str
    store_id: str
    status: Status
    payment_status: PaymentState
    total: Money
    placed_at: datetime


class AffectedOrders(msgspec.Struct, frozen=True, kw_only=True):
    """`totals` are the sums of what is listed, one for each currency."""

    items: list[AffectedOrder]
    totals: list[Money]
    next_cursor: str | None = None


@routes.get(
    "/ops/exceptions/{case_id}/orders",
    summary="The orders that a case concerns, a hundred at most",
    access="staff",
    returns=AffectedOrders,
)
def list_affected(request: Request[None], case_id: str) -> AffectedOrders:
    case = exception_cases.load_for(request.caller, case_id)
    found = affected.orders_of(case, request.caller)
    return AffectedOrders(
        items=[
            AffectedOrder(
                order_id=order.order_id, number=order.number, store_id=order.store_id,
                status=order.status, payment_status=order.payment_status,
                total=order.totals.total, placed_at=order.placed_at,
            )
            for order in found
        ],
        totals=sums(order.totals.total for order in found),
    )  # fmt: skip


# Before the single acts: a case has no name like this one.
@routes.post(
    "/ops/exceptions/bulk",
    summary="The same act on many cases; each has its own outcome",
    roles=("manager",),
    body=BulkRequest,
    returns=BulkAnswer,
)
def act_on_many(request: Request[BulkRequest]) -> BulkAnswer:
    return BulkAnswer(
        [_tried(case_id, request) for case_id in dict.fromkeys(request.body.case_ids)]
    )


def _tried(case_id: str, request: Request[BulkRequest]) -> BulkItem:
    asked = request.body
    wish = Wish(action=asked.action, assignee=asked.assignee, until=asked.until)
    subject, before = audit.Subject("case", case_id), dict[str, Any]()
    try:
        case = case_actions.act(
            case_id, wish, request.caller, request.now, lambda c: before.update(_kept(c))
        )
    except Unavailable:
        raise
    except DocketError as error:
        request.trail.one(subject, before, code=error.code)
        title = localized(problems.TITLES.get(error.code, {}), request.language)
        return BulkItem(
            case_id=case_id, outcome="refused", code=error.code, detail=error.detail or title
        )
    request.trail.one(subject, before, after=_kept(case))
    return BulkItem(case_id=case_id, outcome="done", case=view(case, request.language))


def _act(action: ActionName, summary: str) -> None:
    """Declare the route of one act."""

    @routes.post(
        f"/ops/exceptions/{{case_id}}/{action}",
        summary=summary,
        roles=("manager",),
        body=CaseRequest,
        returns=CaseView,
    )
    def act(request: Request[CaseRequest], case_id: str) -> Reply:
        asked = request.body
        wish = Wish(action=action, assignee=asked.assignee, until=asked.until)

        def check(case: ExceptionCase) -> None:
            request.trail.before = _kept(case)
            request.check_match(case.version)

        case = case_actions.act(case_id, wish, request.caller, request.now, check)
        return _reply(case, request.language)


_act("acknowledge", "Take a case in hand: no further calls")
_act("assign", "Give a case to someone, or to nobody")
_act("repair", "Run the rule's repair now")
_act("resolve", "Close a case that the rule finds no more")
_act("mute", "No calls about a case for some time")
_act("unmute", "Call about a muted case again")


class NoteRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(pattern=r"\S", max_length=500)]


@routes.post(
    "/ops/exceptions/{case_id}/notes",
    summary="Tell the next member of staff something about a case",
    access="staff",
    body=NoteRequest,
    returns=CaseView,
)
def note_exception(request: Request[NoteRequest], case_id: str) -> Reply:
    case = case_actions.note(case_id, request.body.text, request.caller, request.now)
    return _reply(case, request.language)


def _kept(case: ExceptionCase) -> dict[str, Any]:
    """What the audit trail tells of a case before and after an act."""
    return {name: getattr(case, name) for name in _KEPT}


def _reply(case: ExceptionCase, language: str) -> Reply:
    return Reply(view(case, language), etag=str(case.version))


def _repair(run: RepairRun, language: str) -> RepairView:
    return RepairView(run.at, run.action, run.outcome, localized(run.detail, language))


def view(case: ExceptionCase, language: str) -> CaseView:
    told: Any = case.customer_message
    return CaseView(
        case_id=case.case_id, rule=case.rule, severity=case.severity, status=case.status,
        subject=case.subject, store_id=case.store_id, summary=localized(case.summary, language),
        customer_message=localized(told, language) if told else None, cause=case.cause,
        opened_at=case.opened_at, last_seen_at=case.last_seen_at, count=case.count,
        assignee=case.assignee, acknowledged_by=case.acknowledged_by,
        muted_until=case.muted_until, resolved_at=case.resolved_at,
        resolved_by=case.resolved_by, can_repair=bool(case.remedies),
        needs_approval=case.needs_approval,
        repairs=tuple(_repair(one, language) for one in case.repairs),
        alerts=case.alerts, log=case.log, money_at_risk=case.money_at_risk, version=case.version,
    )  # fmt: skip
