"""One POST to an address that a stranger chose: judged, pinned, and bounded in every direction.

The name is resolved once, every address it has is judged, and the connection goes to the judged
address itself while TLS and the Host header keep the name: nothing can be moved in between.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from typing import Any

import msgspec

from chalicelib.domain import endpoint_urls
from chalicelib.domain.endpoint_urls import Target
from chalicelib.domain.errors import Unavailable

SECONDS_MAX = 15.0
RESPONSE_BYTES_MAX = 64 * 1024
EXCERPT_LENGTH = 500

Resolve = Callable[[str, int], list[str]]


class HttpAnswer(msgspec.Struct, frozen=True):
    status: int
    excerpt: str


def resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def addresses_of(target: Target, find: Resolve = resolve) -> list[str]:
    """All addresses of the target's host, every one of them permitted.

    Raises `ForbiddenAddress`, or `Unavailable` when the name does not resolve now.
    """
    try:
        addresses = find(target.host, target.port)
    except OSError as error:
        raise Unavailable("The host name does not resolve.") from error
    if not target.exempt:
        for address in addresses:
            endpoint_urls.require_public(address)
    return addresses


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    allowed_private_hosts: Collection[str],
    *,
    find: Resolve = resolve,
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    seconds_max: float = SECONDS_MAX,
) -> HttpAnswer:
    """Whatever was answered; redirects are answers, never followed.

    Raises `Unavailable` when there was no answer in time, `ForbiddenAddress` before connecting.
    """
    ends = time.monotonic() + seconds_max
    target = endpoint_urls.parse(url, allowed_private_hosts)
    address = addresses_of(target, find)[0]
    try:
        with _connected(target, address, tls, ends) as connected:
            return _exchange(_BoundedStream(connected, ends), target, body, headers)
    except TimeoutError as error:
        raise Unavailable(f"No whole answer within {seconds_max:g} s.") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"No connection or no HTTP: {type(error).__name__}.") from error


class _BoundedStream:
    """A socket as `http.client` uses it, each of its waits ending at the one deadline."""

    def __init__(self, connected: socket.socket, ends: float) -> None:
        self._socket = connected
        self._ends = ends

    def sendall(self, data: Any) -> None:
        self._socket.settimeout(_left(self._ends))
        self._socket.sendall(data)

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return io.BufferedReader(_BoundedReader(self._socket, self._ends))

    def close(self) -> None:
        """Nothing: `http.client` closes before the response is read, the opener afterwards."""


class _BoundedReader(io.RawIOBase):
    def __init__(self, connected: socket.socket, ends: float) -> None:
        super().__init__()
        self._socket = connected
        self._ends = ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(_left(self._ends))
        return self._socket.recv_into(buffer)


def _connected(
    target: Target, address: str, tls: Callable[[], ssl.SSLContext], ends: float
) -> socket.socket:
    plain = socket.create_connection((address, target.port), timeout=_left(ends))
    if target.scheme == "http":
        return plain
    try:
        plain.settimeout(_left(ends))
        return tls().wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise


def _exchange(
    stream: _BoundedStream, target: Target, body: bytes, headers: Mapping[str, str]
) -> HttpAnswer:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = stream
    fixed = {
        "Host": target.host_header,
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": "Docket-Webhooks/1",
    }
    connection.request("POST", target.path, body, {**headers, **fixed})
    response = connection.getresponse()
    with closing(response):
        text = response.read(RESPONSE_BYTES_MAX).decode("utf-8", "replace")
    return HttpAnswer(response.status, _printable(text)[:EXCERPT_LENGTH])


def _printable(text: str) -> str:
    """On one line and without control characters: it is going to be shown and logged."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
