"""A channel that remembers what it sent and fails as it is told."""

from chalicelib.channels.base import AddressGone, DeliveryRefused, Message, Sent
from chalicelib.domain.errors import Unavailable


class FakeChannel:
    def __init__(self, name: str = "email") -> None:
        self.name = name
        self.sent: list[Message] = []
        self.down = False
        self.refuses = False
        self.gone = False
        self.killed_after = False

    def accepts(self, address: str) -> bool:
        return bool(address)

    def send(self, message: Message) -> Sent:
        if self.down:
            raise Unavailable("down")
        if self.gone:
            raise AddressGone("nobody is there")
        if self.refuses:
            raise DeliveryRefused("no such mailbox")
        self.sent.append(message)
        if self.killed_after:
            raise KeyboardInterrupt
        return Sent(reference=str(len(self.sent)))
