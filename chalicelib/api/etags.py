"""Entity tags of what has no version number: a short digest of its content.

A tag may carry more after a dot (live stock, the language): who changes the resource sends back
the whole tag, and only what stands before the dot must still be true.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.domain.errors import Stale, Unconditional

_DIGITS = 20


def digest(*values: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(values)).hexdigest()[:_DIGITS]


def seen(headers: Mapping[str, str], current: str) -> bool:
    """RFC 9110, 13.1.2: the reader has this one already. Weak comparison, `*` for any."""
    sent = headers.get("if-none-match", "")
    return "*" in (tags := _tags(sent)) or current in tags


def named(if_match: str) -> set[str]:
    """The tags without their quotes; a proxy that compresses makes them weak on its way."""
    return _tags(if_match)


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")}


def require_match(headers: Mapping[str, str], current: str) -> None:
    """RFC 9110, 13.1.1. Raises `Unconditional` without If-Match, `Stale` when it has changed."""
    sent = headers.get("if-match")
    if sent is None:
        raise Unconditional("Send If-Match with the ETag that you saw, or *.")
    if not {tag.partition(".")[0] for tag in named(sent)} & {"*", current}:
        raise Stale("It has changed since you looked.")
