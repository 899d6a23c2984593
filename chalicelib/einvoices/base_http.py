"""One bounded HTTP call to a tax platform: an answer, or `Unavailable`. Never retried here."""

from collections.abc import Mapping
from functools import cache

import msgspec
import urllib3

from chalicelib.domain.errors import Unavailable

CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 3.0
ANSWER_BYTES_MAX = 2_000_000


class HttpAnswer(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


def exchange(method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
    try:
        response = _pool().request(
            method, url, headers=headers, body=body or None, redirect=False, preload_content=False
        )
        try:
            raw = response.read(ANSWER_BYTES_MAX + 1, decode_content=True)
        finally:
            response.close()
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable("The tax platform did not answer.") from error
    if len(raw) > ANSWER_BYTES_MAX:
        raise Unavailable("The tax platform answered more than can be an answer.")
    found = {name.lower(): value for name, value in response.headers.items()}
    return HttpAnswer(response.status, found, raw)


@cache
def _pool() -> urllib3.PoolManager:
    timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_SECONDS, read=READ_TIMEOUT_SECONDS)
    return urllib3.PoolManager(maxsize=2, timeout=timeout, retries=False)
