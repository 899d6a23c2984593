"""A WeCom (WeChat Work) group's robot; the key in its address is its only secret."""

from typing import Any

from chalicelib.channels.base import Message, bytes_of, fitted
from chalicelib.channels.base_chat import Robot, inert, marked_down

# 4096 at most.
BYTES_MAX = 4000


class WeCom(Robot):
    name = "wecom"
    passing = frozenset({-1, 45009, 45033})  # busy, and more than 20 messages a minute

    def written(self, message: Message) -> tuple[str, dict[str, Any]]:
        end = "".join(f"\n{marked_down(link)}" for link in message.links)
        said = inert(f"**{message.subject}**\n{message.text}")
        text = fitted(said, end, BYTES_MAX, bytes_of)
        return message.to, {"msgtype": "markdown", "markdown": {"content": text}}


CHANNEL = WeCom()
