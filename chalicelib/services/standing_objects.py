"""The objects in S3 that stand while the tables are down: read cheaply, changed with care."""

from collections.abc import Iterator
from typing import Any

import msgspec

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.domain.errors import Stale, Unavailable

_NOT_THERE = frozenset({"NoSuchKey", "404", "NotFound"})
_CHANGED = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


class StandingObject(msgspec.Struct, frozen=True):
    """A version of an object: what it says, and the tag that names this version."""

    body: bytes
    etag: str


def read(key: str, known: StandingObject | None = None) -> StandingObject | None:
    """The object as it is now, `known` itself where it is still that; None where there is none."""
    from botocore.exceptions import ClientError

    condition = {"IfNoneMatch": known.etag} if known else {}
    try:
        with aws.calling("The stage's bucket"):
            found = _s3().get_object(Bucket=settings().standing_bucket, Key=key, **condition)
            return StandingObject(found["Body"].read(), found["ETag"])
    except ClientError as error:
        code = aws.error_code(error)
        if code in {"304", "NotModified"}:
            return known
        if code in _NOT_THERE:
            return None
        raise Unavailable("The stage's bucket cannot be read.") from error


def write(key: str, body: bytes, *, over: StandingObject | None) -> StandingObject:
    """Replace the version `over`, or make the first one. Raises `Stale` if it is another by now."""
    condition = {"IfMatch": over.etag} if over else {"IfNoneMatch": "*"}
    return StandingObject(body, _put(key, body, condition))


def put(key: str, body: bytes) -> None:
    """Write, whatever is there."""
    _put(key, body, {})


def names(prefix: str) -> Iterator[str]:
    """What lies under a prefix, without it, in order."""
    pages = _s3().get_paginator("list_objects_v2")
    with aws.calling("The stage's bucket"):
        for page in pages.paginate(Bucket=settings().standing_bucket, Prefix=prefix):
            for found in page.get("Contents", []):
                yield found["Key"].removeprefix(prefix)


def _put(key: str, body: bytes, condition: dict[str, str]) -> str:
    from botocore.exceptions import ClientError

    try:
        with aws.calling("The stage's bucket"):
            answer = _s3().put_object(
                Bucket=settings().standing_bucket, Key=key, Body=body,
                ContentType="application/json", **condition,
            )  # fmt: skip
    except ClientError as error:
        if aws.error_code(error) in _CHANGED:
            raise Stale("It was changed meanwhile.") from error
        raise Unavailable("The stage's bucket cannot be written.") from error
    return str(answer["ETag"])


def _s3() -> Any:
    return aws.client("s3")
