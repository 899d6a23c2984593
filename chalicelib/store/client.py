"""One DynamoDB client, one way to run a transaction, one translation of its errors."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.config import settings
from chalicelib.domain.errors import Conflict, TablesDown, Unavailable
from chalicelib.domain.ids import fresh

ITEMS_MAX = 100
_TRIES_MAX = 5
_BACKOFF_BASE_SECONDS = 0.02
_PASSING = frozenset({
    "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded",
    "ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
    "TransactionInProgressException", "InternalServerError",
})  # fmt: skip

_DOWN = frozenset({
    "InternalServerError", "ThrottlingException", "ProvisionedThroughputExceededException",
    "RequestLimitExceeded", "ResourceNotFoundException", "ServiceUnavailable",
    "InaccessibleEncryptionCredentialsException",
})  # fmt: skip


@cache
def shared_connection() -> Connection:
    """Short timeouts: the whole budget of a request stays under API Gateway's 29 s."""
    return Connection(
        region=settings().region,
        connect_timeout_seconds=1,
        read_timeout_seconds=3,
        max_retry_attempts=1,
        max_pool_connections=10,
    )


@cache
def brief_connection() -> Connection:
    """One try of 1.5 s at most, for whoever asks only whether the tables answer."""
    return Connection(
        region=settings().region,
        connect_timeout_seconds=0.5,
        read_timeout_seconds=1,
        max_retry_attempts=0,
        max_pool_connections=1,
    )


class Put(msgspec.Struct, frozen=True):
    item: Model
    condition: Condition | None = None


class Update(msgspec.Struct, frozen=True):
    item: Model
    actions: Sequence[Action]
    condition: Condition | None = None


class Delete(msgspec.Struct, frozen=True):
    item: Model
    condition: Condition | None = None


class Check(msgspec.Struct, frozen=True):
    item: Model
    condition: Condition


Write = Put | Update | Delete | Check


class Refusal(msgspec.Struct, frozen=True):
    """That the write at `index` did not meet its condition, and the item as it is instead."""

    index: int
    item: dict[str, Any] | None


class TransactionRefused(Exception):
    """Nothing was written, because of `refusals` (never empty, in the order of the writes)."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(f"{len(refusals)} conditions not met")
        self.refusals = tuple(refusals)

    def at(self, index: int) -> Refusal | None:
        return next((refusal for refusal in self.refusals if refusal.index == index), None)


def transact(writes: Sequence[Write], *, sleep: Callable[[float], None] = time.sleep) -> None:
    """All of `writes` or none. Conflicts and throttling are retried with full jitter.

    Raises `TransactionRefused`, or `Unavailable` when the outcome is not known: the caller reads
    back by key before it answers.
    """
    operations = [_operation(write) for write in writes]
    token = fresh("tx")
    for attempt in range(1, _TRIES_MAX + 1):
        try:
            with translating():
                shared_connection().dispatch(
                    "TransactWriteItems",
                    {"TransactItems": operations, "ClientRequestToken": token},
                )
        except _Canceled as canceled:
            if not canceled.passing:
                raise TransactionRefused(canceled.refusals) from None
            if attempt == _TRIES_MAX:
                raise Unavailable("The table is busy; try again.") from None
            sleep(random.uniform(0, _BACKOFF_BASE_SECONDS * 2**attempt))  # noqa: S311
        else:
            return


def _operation(write: Write) -> dict[str, Any]:
    everything = "ALL_OLD"
    if isinstance(write, Put):
        kwargs = write.item.get_save_kwargs_from_instance(
            condition=write.condition, return_values_on_condition_failure=everything
        )
        return {"Put": kwargs}
    if isinstance(write, Update):
        kwargs = write.item.get_update_kwargs_from_instance(
            actions=list(write.actions),
            condition=write.condition,
            return_values_on_condition_failure=everything,
        )
        return {"Update": kwargs}
    if isinstance(write, Check):
        kwargs = write.item.get_delete_kwargs_from_instance(condition=write.condition)
        return {"ConditionCheck": {**kwargs, "ReturnValuesOnConditionCheckFailure": everything}}
    kwargs = write.item.get_delete_kwargs_from_instance(condition=write.condition)
    return {"Delete": {**kwargs, "ReturnValuesOnConditionCheckFailure": everything}}


class _Canceled(Exception):
    def __init__(self, reasons: Sequence[dict[str, Any]]) -> None:
        super().__init__("canceled")
        codes = {reason.get("Code", "None") for reason in reasons} - {"None"}
        self.passing = bool(codes) and codes <= _PASSING
        self.refusals = [
            Refusal(i, reason.get("Item"))
            for i, reason in enumerate(reasons)
            if reason.get("Code") == "ConditionalCheckFailed"
        ]


class ConditionFailed(Conflict):
    """A single write did not meet its condition."""


@contextmanager
def translating() -> Iterator[None]:
    """Foreign errors in, ours out: the one place that knows botocore's words."""
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        raise _translated(error) from error


def _translated(error: Exception) -> Exception:
    cause = getattr(error, "cause", None) or error
    if isinstance(cause.__cause__, ClientError):
        cause = cause.__cause__  # pynamodb's wrapper drops the status and the raw reasons
    if isinstance(cause, BotoCoreError):
        return TablesDown("The table did not answer in time.")
    if not isinstance(cause, ClientError):
        return error
    code = cause.response.get("Error", {}).get("Code", "")
    reasons = cause.response.get("CancellationReasons")
    if code == "TransactionCanceledException" and reasons is not None:
        canceled = _Canceled(reasons)
        return canceled if canceled.passing or canceled.refusals else error
    if code == "ConditionalCheckFailedException":
        return ConditionFailed()
    status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _DOWN or status >= 500:
        return TablesDown("The table does not answer now.")
    if code in _PASSING:
        return Unavailable("The table is busy; try again.")
    return error
