"""A merchant's system: keeps the events that it took, or is as dead as the drill wants."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Merchant(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.is_dead = False
        self.refused = 0
        self.events: dict[str, dict[str, Any]] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/events"

    def heard_of(self, order_id: str) -> set[str]:
        """The types of the events that it took about an order."""
        return {event["type"] for event in list(self.events.values()) if order_id in str(event)}


class _Exchange(BaseHTTPRequestHandler):
    server: Merchant

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.server.is_dead:
            self.server.refused += 1
            self.send_response(503)
        else:
            self.server.events[self.headers["webhook-id"]] = json.loads(body)
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
