"""What every channel does: bring one message to one address, and say how that ended.

A channel module exposes `CHANNEL: Channel`. It keeps no state; whoever sends claims the message
first and marks it afterwards, so that a channel is never asked twice without need.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from chalicelib.domain.errors import DocketError, Unavailable


class DeliveryRefused(DocketError):
    """A final no for this message: trying again would end alike. Faults are `Unavailable`."""

    code = "delivery_refused"


class AddressGone(DeliveryRefused):
    """Nobody is there any more: the address can be forgotten."""


class NotDelivered(Unavailable):
    """What may pass, with what the receiver answered, if it did."""

    def __init__(self, detail: str, *, status: int | None = None, excerpt: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.excerpt = excerpt


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """`message_id` is ours and the same for every try, for the receiver to tell repeats.

    `text` is all there is; `links` end it in a chat room, and the last of them a text message:
    long texts are cut, links are not. `html` and `subject` where the channel has a use for them,
    `headers` where it speaks HTTP; `tags` come back with what becomes of a mail. A chat room that
    wants it signed gets its `secret` and the time `at`.
    """

    message_id: str
    to: str
    text: str
    links: tuple[str, ...] = ()
    subject: str = ""
    html: str | None = None
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    tags: Mapping[str, str] = msgspec.field(default_factory=dict)
    secret: str = ""
    at: datetime | None = None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The receiving system's own id, and for HTTP its answer."""

    reference: str = ""
    status: int | None = None
    excerpt: str = ""


class Channel(Protocol):
    """`send` raises `Unavailable` for what may pass and `DeliveryRefused` for what will not."""

    name: str

    def accepts(self, address: str) -> bool:
        """Whether the address is of a kind that this channel can reach."""

    def send(self, message: Message) -> Sent: ...


def fitted(text: str, end: str, size_max: int, size: Callable[[str], int] = len) -> str:
    """Text and end together; what does not fit is taken from the text."""
    whole = text + end
    while text and size(whole) > size_max:
        text = text[: -max(1, (size(whole) - size_max) // _BYTES_OF_A_CHARACTER_MAX)]
        whole = f"{text.rstrip()}…{end}"
    return whole


def bytes_of(text: str) -> int:
    return len(text.encode())


_BYTES_OF_A_CHARACTER_MAX = 4
