"""The practice PayPal, Alipay and WeChat Pay: one process, one ledger and one prefix a company.

Each company is a module here that is not called `base…`; what one is stands in `base.py`. The
secrets that Docket needs are in `secrets.json` of the data folder, by provider, once it listens.
"""

import argparse
import importlib
import logging
from pathlib import Path

from infra.local import counterparts
from infra.local.counterparts.base import Desk, Facade, write_private
from infra.local.counterparts.base_courier import Courier
from infra.local.counterparts.base_http import Server
from infra.local.counterparts.base_ledger import Ledger
from infra.local.counterparts.base_serving import names, serve


def main() -> None:
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    server = Server(options.port)
    found = {name: _open(name, server, options) for name in names()}
    write_private(
        options.data_dir / "secrets.json",
        {name: facade.secret() for name, facade in found.items()},
    )
    serve(server, "counterparts")


def _open(name: str, server: Server, options: argparse.Namespace) -> Facade:
    folder = options.data_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(folder / "ledger.sqlite3")
    courier = Courier(ledger)
    desk = Desk(
        name=name,
        api_base=f"{server.base}/{name}",
        pages=f"{(options.public_url or server.base).rstrip('/')}/{name}",
        webhook_url=f"{options.webhook_base.rstrip('/')}/{name}",
        folder=folder,
        ledger=ledger,
        wake=courier.wake,
    )
    module = importlib.import_module(f"{counterparts.__name__}.{name}")
    facade: Facade = module.open_facade(desk)
    server.mount(name, facade)
    courier.serve(facade)
    return facade


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m infra.local.counterparts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--data-dir", type=Path, required=True, help="where ledgers and keys live")
    parser.add_argument("--public-url", help="what the addresses of payment pages begin with")
    parser.add_argument(
        "--webhook-base",
        required=True,
        help="where events are posted, the company's name apart: http://…/v1/webhooks/payments",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
