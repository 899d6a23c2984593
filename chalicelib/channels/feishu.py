"""A Feishu (Lark) group's robot. With a secret, the document carries the time and its signature."""

from typing import Any

from chalicelib.channels.base import Message, bytes_of, fitted
from chalicelib.channels.base_chat import Robot, inert, signature

# A request has at most 20 kB.
BYTES_MAX = 15_000


class Feishu(Robot):
    name = "feishu"
    passing = frozenset({11232, 99991400})  # more than 100 messages a minute or 5 a second

    def written(self, message: Message) -> tuple[str, dict[str, Any]]:
        said = inert(f"{message.subject}\n{message.text}")
        text = fitted(said, "".join(f"\n{link}" for link in message.links), BYTES_MAX, bytes_of)
        document: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if message.secret and message.at is not None:
            timestamp = str(int(message.at.timestamp()))
            # Feishu takes time and secret together as the key, and signs nothing with it.
            sign = signature(f"{timestamp}\n{message.secret}")
            document |= {"timestamp": timestamp, "sign": sign}
        return message.to, document


CHANNEL = Feishu()
