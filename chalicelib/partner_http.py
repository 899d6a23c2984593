"""One bounded HTTP call to a company that Docket works with: an answer, or `Unavailable`.

Never retried and never redirected: the caller decides what a second try means.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import urllib3

from chalicelib.domain.errors import Unavailable

CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 3.0


class HttpAnswer(NamedTuple):
    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes


def exchange(
    whom: str,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    *,
    bytes_max: int,
) -> HttpAnswer:
    """Whatever was answered. `whom` is the company in the words of the error."""
    try:
        response = _pool().request(
            method, url, headers=headers, body=body, redirect=False, preload_content=False
        )
        try:
            raw = response.read(bytes_max + 1, decode_content=True)
        finally:
            response.close()  # a connection that was read to the end is back in the pool by now
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable(f"{whom} did not answer.") from error
    if len(raw) > bytes_max:
        raise Unavailable(f"{whom} answered more than can be an answer.")
    found = {name.lower(): value for name, value in response.headers.items()}
    return HttpAnswer(response.status, found, raw)


@cache
def _pool() -> urllib3.PoolManager:
    timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_SECONDS, read=READ_TIMEOUT_SECONDS)
    return urllib3.PoolManager(maxsize=4, timeout=timeout, retries=False)
