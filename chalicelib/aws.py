"""Clients of AWS services: made once per environment, with bounded waits, errors translated here.

boto3 is not imported: its resources cost a cold start more than the client itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from chalicelib.config import settings
from chalicelib.domain.errors import Unavailable

_AGAIN = frozenset({
    "InternalError", "InternalFailure", "KMSThrottling", "KMSThrottlingException",
    "LimitExceededException", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttled",
    "Throttling", "ThrottlingException", "TooManyRequestsException",
})  # fmt: skip


@cache
def client(service: str, read_seconds: int = 3) -> Any:
    """At most 2 tries of 1 s to connect and 3 s to answer; whoever calls retries by its trigger.

    A call that may last longer is tried once, with more patience to connect.
    """
    from botocore.config import Config
    from botocore.session import get_session

    short = read_seconds <= 3
    config = Config(
        connect_timeout=1 if short else 3,
        read_timeout=read_seconds,
        retries={"total_max_attempts": 2 if short else 1},
    )
    return get_session().create_client(service, region_name=settings().region, config=config)


@contextmanager
def calling(what: str) -> Iterator[None]:
    """Turn faults that may pass into `Unavailable`; a definite refusal stays a `ClientError`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if error_code(error) in _AGAIN or _status(error) >= 500:
            raise unavailable(what) from error
        raise
    except BotoCoreError as error:
        raise Unavailable(f"{what} cannot be reached now.") from error


def unavailable(what: str) -> Unavailable:
    return Unavailable(f"{what} is unavailable now.")


def error_code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _status(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
