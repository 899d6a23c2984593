"""Clients of AWS services: made once per environment, with bounded waits, errors translated here.

boto3 is not imported: its resources cost a cold start more than the client itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from chalicelib.config import settings
from chalicelib.domain.errors import Unavailable

_AGAIN = frozenset({
    "InternalError", "InternalFailure", "KMSThrottling", "KMSThrottlingException",
    "LimitExceededException", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttled",
    "Throttling", "ThrottlingException", "TooManyRequestsException",
})  # fmt: skip

# A session makes one client at a time.
_making = Lock()


@cache
def client(service: str, read_seconds: int = 3) -> Any:
    """At most 2 tries of 1 s to connect and 3 s to answer; whoever calls retries by its trigger.

    A call that may last longer is tried once, with more patience to connect.
    """
    from botocore.config import Config

    short = read_seconds <= 3
    config = Config(
        connect_timeout=1 if short else 3,
        read_timeout=read_seconds,
        retries={"total_max_attempts": 2 if short else 1},
    )
    return new_client(service, settings().region, config)


def new_client(service: str, region: str, config: Any) -> Any:
    """A client with waits of its own. They share a session, for each reads its models anew."""
    with _making:
        return _session().create_client(service, region_name=region, config=config)


@cache
def _session() -> Any:
    from botocore.session import get_session

    return get_session()


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
