"""A Slack channel's incoming webhook; its address is its only secret."""

from typing import Any

from chalicelib.channels.base import Message, bytes_of, fitted
from chalicelib.channels.base_chat import Robot

BYTES_MAX = 3000
_MEANT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Slack(Robot):
    name = "slack"
    answers_by_code = False

    def written(self, message: Message) -> tuple[str, dict[str, Any]]:
        """Slack reads `<…>` as a link or a call of everyone, and `&` as the start of either."""
        end = "".join(f"\n{link}" for link in message.links)
        text = fitted(f"*{message.subject}*\n{message.text}", end, BYTES_MAX, bytes_of)
        return message.to, {"text": text.translate(_MEANT)}


CHANNEL = Slack()
