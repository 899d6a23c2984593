"""A DingTalk group's robot. With a secret, the address carries the time and its signature."""

from typing import Any
from urllib.parse import urlencode

from chalicelib.channels.base import Message
from chalicelib.channels.base_chat import Robot, signature
from chalicelib.domain.clock import epoch_ms

TEXT_LENGTH_MAX = 4000


class DingTalk(Robot):
    name = "dingtalk"
    passing = frozenset({-1, 130101, 130102, 410100})  # busy, and more than 20 messages a minute

    def written(self, message: Message) -> tuple[str, dict[str, Any]]:
        text = f"#### {message.subject}\n\n{message.text}"[:TEXT_LENGTH_MAX]
        document = {"msgtype": "markdown", "markdown": {"title": message.subject, "text": text}}
        return _signed(message), document


def _signed(message: Message) -> str:
    if not message.secret or message.at is None:
        return message.to
    timestamp = str(epoch_ms(message.at))
    sign = signature(message.secret, f"{timestamp}\n{message.secret}")
    joint = "&" if "?" in message.to else "?"
    return message.to + joint + urlencode({"timestamp": timestamp, "sign": sign})


CHANNEL = DingTalk()
