"""A DingTalk group's robot. With a secret, the address carries the time and its signature."""

from typing import Any
from urllib.parse import urlencode

from chalicelib.channels.base import Message, bytes_of, fitted
from chalicelib.channels.base_chat import Robot, inert, marked_down, signature
from chalicelib.domain.clock import epoch_ms

BYTES_MAX = 15_000
# In its Markdown a line ends only where blanks stand around the break.
_BREAK = "  \n  "


class DingTalk(Robot):
    name = "dingtalk"
    passing = frozenset({-1, 130101, 130102, 410100})  # busy, and more than 20 messages a minute

    def written(self, message: Message) -> tuple[str, dict[str, Any]]:
        said = f"#### {message.subject}\n\n" + inert(message.text).replace("\n", _BREAK)
        end = "".join(f"{_BREAK}{marked_down(link)}" for link in message.links)
        text = fitted(said, end, BYTES_MAX, bytes_of)
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
