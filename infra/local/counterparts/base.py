"""What a practice payment company is: the interface between its wire format and what all share.

One module here that is not called `base…` is one company, named as its provider in
`chalicelib/providers/`: `paypal.py`, `alipay.py`, `wechat_pay.py`. It defines

    def open_facade(desk: Desk) -> Facade

and that is all that it takes to be started, mounted under `/<name>`, offered by the local stage
and paid on a page. A facade keeps no state of its own:

- Money is moved by its `bank` (`base_bank.Bank`): `open`, `pay`, `close`, `give_back`. The terms
  given to `open` need `order_id`, `order_number`, `amount_minor`, `currency`, `return_url` and
  `language` (the page shows them); a facade adds what its wire format needs, e.g. `notify_url`.
- `answer` is the provider's API: wire format in, bank, wire format out, checked and signed as
  the real one does it. A `Refused` from it or from the bank goes through `refusal`.
- What happened is told by the bank in neutral words (`payment.pending`, `payment.captured`,
  `payment.failed`, `payment.expired`, `refund.succeeded`; `data` is the payment or refund as it
  was then). `notification` turns one into what is posted, signed at each attempt; None where the
  real company says nothing. `is_taken` knows which answer means that it need not come again.
- Where the buyer pays is `desk.pay_url(reference)`: a page for people, and for scripts
  `POST {"outcome": …}` with one of `base_bank.OUTCOMES`. Stripe's buyer sees it only when the
  bank asks: else its own script pays from the shop's page.
- Its API fails on demand without its doing: `base_faults`.
- Keys and certificates are made once by `desk.remembered(file name, make)`. `secret` is the JSON
  that Docket gets, in the shape of its provider's docstring, with our own address in it.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from infra.local.counterparts.base_bank import Bank, Refused
from infra.local.counterparts.base_ledger import Document, Ledger

__all__ = [
    "Answer",
    "Answering",
    "Desk",
    "Facade",
    "Notification",
    "Refused",
    "Request",
    "json_answer",
    "routed",
]


@dataclass(frozen=True)
class Request:
    """A call of the company's API. `path` begins after its prefix, `target` is as it was sent."""

    method: str
    path: str
    target: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    def json(self) -> Document:
        """The body's object. Raises `Refused` when it is none."""
        try:
            value = json.loads(self.body)
        except ValueError as error:
            raise Refused(400, "malformed") from error
        if not isinstance(value, dict):
            raise Refused(422, "invalid_input")
        return value


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    media_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


Row = TypeVar("Row", bound=tuple[Any, ...])


def routed(
    request: Request, routes: Iterable[Row], unknown: str = "not_found"
) -> tuple[Row, tuple[str, ...]]:
    """The first row (method, pattern, …) that fits the request, and what its pattern caught.

    Raises `Refused`, with the company's word for what it does not know.
    """
    for row in routes:
        if row[0] == request.method and (found := re.fullmatch(row[1], request.path)):
            return row, found.groups()
    raise Refused(404, unknown)


def json_answer(status: int, value: Any) -> Answer:
    return Answer(status, json.dumps(value, ensure_ascii=False).encode())


@dataclass(frozen=True)
class Notification:
    """A POST to Docket. The signature belongs to the headers or the body, made a moment ago."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Desk:
    """What a facade is given: its books, its addresses and a folder of its own."""

    name: str
    api_base: str  # where Docket reaches it, without a slash at the end
    pages: str  # what the addresses of its payment pages begin with
    webhook_url: str
    folder: Path
    ledger: Ledger
    wake: Callable[[], None]  # to be called when there is news to send; the bank does

    def pay_url(self, reference: str) -> str:
        return f"{self.pages}/pay/{reference}"

    def shown(self, payment: Document) -> Document:
        return payment | {"pay_url": self.pay_url(payment["reference"])}

    def remembered(self, name: str, make: Callable[[], Document]) -> Document:
        """What `make` made at the first call, from the folder at every later one."""
        path = self.folder / name
        if not path.exists():
            write_private(path, make())
        return json.loads(path.read_text(encoding="utf-8"))


class Answering(Protocol):
    """What can be mounted: a company's API, and how it refuses."""

    desk: Desk

    def answer(self, request: Request) -> Answer: ...

    def refusal(self, refused: Refused) -> Answer: ...


@runtime_checkable
class Facade(Answering, Protocol):
    """See the module's text."""

    bank: Bank
    titles: Mapping[str, str]  # of its page: {"en": …, "zh-CN": …}

    def secret(self) -> Document: ...

    def notification(self, event: Document, *, badly_signed: bool) -> Notification | None: ...

    def is_taken(self, status: int, body: bytes) -> bool: ...


def write_private(path: Path, value: Document) -> None:
    """Whole or not at all, and for this user only."""
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(value, file, indent=2)
    draft.replace(path)
