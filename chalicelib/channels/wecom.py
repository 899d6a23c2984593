"""A WeCom (WeChat Work) group's robot; the key in its address is its only secret."""

from typing import Any

from chalicelib.channels.base import Message
from chalicelib.channels.base_chat import Robot

BYTES_MAX = 4000


class WeCom(Robot):
    name = "wecom"
    passing = frozenset({-1, 45009, 45033})  # busy, and more than 20 messages a minute

    def written(self, message: Message) -> tuple[str, dict[str, Any]]:
        content = f"**{message.subject}**\n{message.text}".encode()[:BYTES_MAX]
        text = content.decode("utf-8", "ignore")
        return message.to, {"msgtype": "markdown", "markdown": {"content": text}}


CHANNEL = WeCom()
