"""The sandbox payment company: a process of its own, with its own ledger, spoken to over HTTP.

For Docket, under `Authorization: Bearer <secret_key>`:
  PUT  /v1/payments/{payment_id}         open it (again: the same one)
  GET  /v1/payments/{payment_id}         what became of it
  POST /v1/payments/{payment_id}/close   never to be paid
  PUT  /v1/refunds/{refund_id}           give back (again: the same one)
  GET  /v1/refunds/{refund_id}
  GET  /v1/events?after=<seq>            everything that happened, delivered or not
For the buyer, whose address is secret enough: GET and POST …/pay/{reference}.
For the local overview page: GET …/payments, the newest first.
"""

import argparse
import json
import logging
import os
import secrets
import signal
import threading
from pathlib import Path

from infra.local.sandbox_bank import Bank
from infra.local.sandbox_http import Server
from infra.local.sandbox_ledger import Ledger
from infra.local.sandbox_webhooks import Courier


def main() -> None:
    options = _options()
    logging.basicConfig(level=logging.INFO, format="sandbox %(message)s")
    options.data_dir.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(options.data_dir / "sandbox.sqlite3")
    secrets_file = options.secrets_file or options.data_dir / "sandbox-secrets.json"
    keys = _load_keys(secrets_file)
    courier = Courier(ledger, options.webhook_url, keys["webhook_secrets"][0])
    bank = Bank(ledger, courier.wake)
    server = Server(options.port, bank, ledger, keys["secret_key"], options.public_url)
    _write_private(secrets_file, keys | {"api_base": server.base})
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    courier.start()
    print(f"sandbox listening on {server.base}", flush=True)
    server.serve_forever(poll_interval=0.2)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m infra.local.sandbox",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--data-dir", type=Path, required=True, help="where the ledger lives")
    parser.add_argument("--webhook-url", required=True, help="where events are posted")
    parser.add_argument("--public-url", help="what payment addresses begin with")
    parser.add_argument(
        "--secrets-file",
        type=Path,
        help="made when absent: the JSON that the provider's secret holds (default: in data-dir)",
    )
    return parser.parse_args()


def _load_keys(path: Path) -> dict[str, object]:
    if path.exists():
        return json.loads(path.read_text())
    return {
        "secret_key": f"sbk_{secrets.token_hex(24)}",
        "webhook_secrets": [f"sbw_{secrets.token_hex(24)}"],
    }


def _write_private(path: Path, keys: dict[str, object]) -> None:
    """Whole or not at all, and for this user only."""
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(keys, file, indent=2)
    draft.replace(path)


if __name__ == "__main__":
    main()
