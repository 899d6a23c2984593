"""What every tax platform, or whoever speaks to it for a store, does: four verbs, one file each.

A module here exposes `PROVIDER: EInvoiceProvider`; its file's name is the one in a store's
settings. Secrets are passed in as the parsed JSON of `docket/<stage>/einvoices/<name>`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from chalicelib.domain.einvoice_requests import EInvoiceRequest
from chalicelib.domain.einvoices import Word

Secrets = Mapping[str, Any]


class EInvoiceProvider(Protocol):
    """All raise `Unavailable` when the outcome is unknown. A refusal is a `Word`, not an error.

    `genuine` tells that what it issues is a tax document.
    """

    name: str
    genuine: bool

    def request(self, secrets: Secrets, wish: EInvoiceRequest, now: datetime) -> Word:
        """Ask for it. The same `request_id` never makes a second one."""

    def ask(self, secrets: Secrets, request_id: str, now: datetime) -> Word:
        """What became of a request; `unknown` when the platform never heard of it."""

    def paper(self, secrets: Secrets, request_id: str, now: datetime) -> bytes | None:
        """The PDF of what was issued; None where the platform has only its link."""
