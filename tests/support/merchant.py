"""A merchant's system on a free port: answers as it is told and keeps what it got."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread


class Merchant:
    """`answer` is a whole raw HTTP response, or a function that speaks to the socket itself."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.answer: bytes | Callable[[socket.socket], None] = reply(200)
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/orders?from=docket"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def headers(self, at: int = -1) -> dict[str, str]:
        head, _, _ = self.requests[at].partition(b"\r\n\r\n")
        pairs = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        return {name.lower(): value for name, value in pairs}

    def body(self, at: int = -1) -> str:
        return self.requests[at].partition(b"\r\n\r\n")[2].decode()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            stream = (
                self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            )
            with stream:
                self.requests.append(_request(stream))
                if callable(self.answer):
                    self.answer(stream)
                else:
                    stream.sendall(self.answer)


def reply(status: int, body: bytes = b"ok", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def a_merchant(tls: ssl.SSLContext | None = None) -> Iterator[Merchant]:
    merchant = Merchant(tls)
    try:
        yield merchant
    finally:
        merchant.close()


def _request(stream: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += stream.recv(65536) or b"\r\n\r\n"
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n")
         if line.lower().startswith(b"content-length:")), 0,
    )  # fmt: skip
    while len(body) < length:
        body += stream.recv(65536)
    return head + b"\r\n\r\n" + body
