"""The practice payment companies and the tax platform: one process, a ledger and prefix each.

Each company is a module here that is not called `base…`; what one is stands in `base.py`. The
secrets that Docket needs are in `secrets.json` of the data folder, by provider, once it listens;
those of the tax platform, which takes no payments, in `einvoices.json` before.
"""

import argparse
import importlib
import logging
from collections.abc import Callable
from pathlib import Path

from infra.local import counterparts
from infra.local.counterparts._einvoices import TaxPlatform
from infra.local.counterparts.base import Desk, Facade, write_private
from infra.local.counterparts.base_courier import Courier
from infra.local.counterparts.base_http import Server
from infra.local.counterparts.base_ledger import Ledger
from infra.local.counterparts.base_serving import TAX_PLATFORM, names, serve


def main() -> None:
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    server = Server(options.port)
    platform = _open_tax_platform(server, options)
    write_private(options.data_dir / "einvoices.json", {"practice": platform.secret()})
    found = {name: _open(name, server, options) for name in names()}
    write_private(
        options.data_dir / "secrets.json",
        {name: facade.secret() for name, facade in found.items()},
    )
    serve(server, "counterparts")


def _open(name: str, server: Server, options: argparse.Namespace) -> Facade:
    ledger = _ledger(name, options)
    courier = Courier(ledger)
    module = importlib.import_module(f"{counterparts.__name__}.{name}")
    facade: Facade = module.open_facade(_desk(name, server, options, ledger, courier.wake))
    server.mount(name, facade)
    courier.serve(facade)
    return facade


def _open_tax_platform(server: Server, options: argparse.Namespace) -> TaxPlatform:
    ledger = _ledger(TAX_PLATFORM, options)
    platform = TaxPlatform(_desk(TAX_PLATFORM, server, options, ledger, lambda: None))
    server.mount(TAX_PLATFORM, platform)
    return platform


def _ledger(name: str, options: argparse.Namespace) -> Ledger:
    folder = options.data_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    return Ledger(folder / "ledger.sqlite3")


def _desk(
    name: str,
    server: Server,
    options: argparse.Namespace,
    ledger: Ledger,
    wake: Callable[[], None],
) -> Desk:
    return Desk(
        name=name,
        api_base=f"{server.base}/{name}",
        pages=f"{(options.public_url or server.base).rstrip('/')}/{name}",
        webhook_url=f"{options.webhook_base.rstrip('/')}/{name}",
        folder=options.data_dir / name,
        ledger=ledger,
        wake=wake,
    )


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
