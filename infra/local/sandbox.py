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
Beside it, under /push, the practice push service: `counterparts/_push_service.py`.
"""

import argparse
import json
import logging
from dataclasses import replace
from pathlib import Path

from infra.local.counterparts._push_service import NAME, PushService
from infra.local.counterparts.base import Desk, write_private
from infra.local.counterparts.base_courier import Courier
from infra.local.counterparts.base_http import Server
from infra.local.counterparts.base_ledger import Ledger
from infra.local.counterparts.base_serving import serve
from infra.local.sandbox_facade import SandboxFacade, new_keys


def main() -> None:
    options = _options()
    logging.basicConfig(level=logging.INFO, format="sandbox %(message)s")
    options.data_dir.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(options.data_dir / "sandbox.sqlite3")
    courier = Courier(ledger)
    server = Server(options.port)
    pages = (options.public_url or server.base).rstrip("/")
    desk = Desk(
        "sandbox", server.base, pages, options.webhook_url, options.data_dir, ledger, courier.wake
    )
    secrets_file = options.secrets_file or options.data_dir / "sandbox-secrets.json"
    facade = SandboxFacade(desk, _load_keys(secrets_file))
    server.mount("", facade)
    courier.serve(facade)
    server.mount(NAME, PushService(replace(desk, name=NAME, api_base=f"{server.base}/{NAME}")))
    write_private(secrets_file, facade.secret())
    serve(server, "sandbox")


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
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else new_keys()


if __name__ == "__main__":
    main()
