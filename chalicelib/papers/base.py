"""What every form of an invoice is: bytes of one content type, made from the document alone.

A module of this package exposes `PAPER: Paper` and is found by its name. Rendering the same
document twice gives the same bytes; what was issued is kept and never rendered again.
"""

from collections.abc import Callable

import msgspec

from chalicelib.domain.invoices import Invoice


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A document, the language to print it in, and the address at which it can be checked."""

    invoice: Invoice
    language: str
    check_url: str


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """`languages` are those in which it is kept; a form without words has one for all."""

    content_type: str
    suffix: str
    languages: tuple[str, ...]
    render: Callable[[Sheet], bytes]
