"""A user pool over real HTTP that answers what a test wrote down for each operation."""

import base64
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self


class UserPoolDouble:
    """`answers` by operation; `asked` are the calls that came in, with what they carried."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def refuses(self, operation: str, kind: str, message: str = "no") -> None:
        self.answers[operation] = (400, {"__type": kind, "message": message})

    def signs_in(self, operation: str = "InitiateAuth", **claims: Any) -> None:
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        tokens = {
            "AccessToken": "an-access-token",
            "IdToken": f"e30.{payload}.c2ln",
            "RefreshToken": "a-refresh-token",
            "ExpiresIn": 3600,
            "TokenType": "Bearer",
        }
        self.answers[operation] = (200, {"AuthenticationResult": tokens})

    def asked_for(self, operation: str) -> list[dict[str, Any]]:
        return [carried for name, carried in self.asked if name == operation]

    def __enter__(self) -> Self:
        double = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                length = int(self.headers["Content-Length"])
                double.asked.append((operation, json.loads(self.rfile.read(length))))
                status, answer = double.answers.get(operation, (200, {}))
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
