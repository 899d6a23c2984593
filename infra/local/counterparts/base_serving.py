"""Which practice companies there are, and serving them until told to end."""

import pkgutil
import signal
import threading

from infra.local import counterparts
from infra.local.counterparts.base_http import Server

TAX_PLATFORM = "einvoices"  # its prefix, beside those of the companies


def serve(server: Server, name: str) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"{name} listening on {server.base}", flush=True)
    server.serve_forever(poll_interval=0.2)


def names() -> list[str]:
    """The modules here that are companies: `base…` is what they share, `_…` what one keeps."""
    found = (entry.name for entry in pkgutil.iter_modules(counterparts.__path__))
    return [name for name in found if not name.startswith(("base", "_"))]
