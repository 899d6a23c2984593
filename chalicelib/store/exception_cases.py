"""Exception cases in the operations table, each listed under its status, the worst first."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec
from pynamodb.expressions.condition import Condition

from chalicelib.domain.clock import rfc3339
from chalicelib.domain.errors import NotFound, Stale
from chalicelib.domain.exception_cases import CaseStatus, ExceptionCase
from chalicelib.domain.thresholds import SEVERITIES
from chalicelib.store import client
from chalicelib.store.client import Put, TransactionRefused, Write
from chalicelib.store.tables import OperationItem

STATUSES: tuple[CaseStatus, ...] = ("open", "acknowledged", "resolved")
_SORT = "case"
# A filter that fits little must not read every case there ever was in one request.
READ_MAX = 2000


def find_case(case_id: str) -> ExceptionCase | None:
    with client.translating():
        try:
            item = OperationItem.get(_key(case_id), _SORT, consistent_read=True)
        except OperationItem.DoesNotExist:
            return None
    return _case_of(item)


def load_case(case_id: str) -> ExceptionCase:
    case = find_case(case_id)
    if case is None:
        raise not_found()
    return case


def not_found() -> NotFound:
    return NotFound("There is no such case.", code="case_not_found")


def write_of(case: ExceptionCase) -> Put:
    """The write of a case that is one version older in the table, or not there at all."""
    item = OperationItem(
        _key(case.case_id),
        _SORT,
        data=case,
        version=case.version,
        list_key=f"cases#{case.status}",
        list_sort=position_of(case),
    )
    return Put(item, _unchanged(case))


def load_cases(case_ids: Iterable[str]) -> dict[str, ExceptionCase]:
    """Those that there are, by id."""
    keys = [(_key(case_id), _SORT) for case_id in dict.fromkeys(case_ids)]
    with client.translating():
        cases = [_case_of(item) for item in OperationItem.batch_get(keys, consistent_read=True)]
    return {case.case_id: case for case in cases}


def save_case(case: ExceptionCase, also: tuple[Write, ...] = ()) -> None:
    """With what goes with it, all or nothing.

    Raises `Stale` when the case was changed by someone else since it was read.
    """
    write = write_of(case)
    if also:
        try:
            client.transact([write, *also])
        except TransactionRefused as refused:
            raise Stale("The case has changed in the meantime.") from refused
        return
    try:
        with client.translating():
            write.item.save(condition=write.condition)
    except client.ConditionFailed as failed:
        raise Stale("The case has changed in the meantime.") from failed


def position_of(case: ExceptionCase) -> str:
    """Where a case stands in its list: by severity, then by age."""
    return f"{SEVERITIES.index(case.severity)}#{rfc3339(case.opened_at)}#{case.case_id}"


def cases_of(
    status: CaseStatus, after: str = "", most: int | None = READ_MAX
) -> Iterator[ExceptionCase]:
    """The cases of a status from a position on, worst and oldest first."""
    yield from _listed(status, OperationItem.list_sort > after if after else None, most)


def opened_since(since: datetime) -> Iterator[ExceptionCase]:
    """The cases opened since then, whatever became of them; of each kind the oldest of them."""
    for status in STATUSES:
        for rank in range(len(SEVERITIES)):
            span = OperationItem.list_sort.between(f"{rank}#{rfc3339(since)}", f"{rank}#~")
            yield from _listed(status, span, READ_MAX)


def _listed(
    status: CaseStatus, span: Condition | None, most: int | None
) -> Iterator[ExceptionCase]:
    with client.translating():
        found = OperationItem.listing.query(f"cases#{status}", span, page_size=100, limit=most)
        for item in found:
            yield _case_of(item)


def _case_of(item: OperationItem) -> ExceptionCase:
    return msgspec.json.decode(item.data, type=ExceptionCase)


def _key(case_id: str) -> str:
    return f"case#{case_id}"


def _unchanged(case: ExceptionCase) -> Condition:
    if case.version == 1:
        return OperationItem.PK.does_not_exist()
    return OperationItem.version == case.version - 1
