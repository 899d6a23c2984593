"""Serving until told to end, as each process of practice companies does."""

import signal
import threading

from infra.local.counterparts.base_http import Server


def serve(server: Server, name: str) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"{name} listening on {server.base}", flush=True)
    server.serve_forever(poll_interval=0.2)
