"""A Slack channel's incoming webhook; its address is its only secret."""

from typing import Any

from chalicelib.channels.base import Message
from chalicelib.channels.base_chat import Robot

TEXT_LENGTH_MAX = 3000
_MEANT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Slack(Robot):
    name = "slack"

    def written(self, message: Message) -> tuple[str, dict[str, Any]]:
        """Slack reads `<…>` as a link or a call of everyone, and `&` as the start of either."""
        title, text = message.subject.translate(_MEANT), message.text.translate(_MEANT)
        return message.to, {"text": f"*{title}*\n{text}"[:TEXT_LENGTH_MAX]}


CHANNEL = Slack()
