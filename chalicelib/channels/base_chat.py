"""What the chat rooms' robots have in common: one JSON document posted to a secret address."""

import base64
import hashlib
import hmac
from typing import Any

import msgspec

from chalicelib.channels.base import DeliveryRefused, Message, NotDelivered, Sent
from chalicelib.channels.base_endpoint import EndpointChannel
from chalicelib.domain.endpoint_urls import ForbiddenAddress
from chalicelib.domain.errors import Unavailable
from chalicelib.outbound_http import HttpAnswer

TOO_MANY_REQUESTS = 429


class _Verdict(msgspec.Struct, frozen=True):
    """DingTalk and WeCom say `errcode`, Feishu `code`."""

    errcode: int | None = None
    code: int | None = None


class Robot(EndpointChannel):
    """A chat room's robot. A kind of room says how it is written to and what its answers mean."""

    name: str
    # A room's own numbers for "too fast" and "busy": worth another try.
    passing: frozenset[int] = frozenset()
    # Whether its answer carries a number of its own, 0 when all is well.
    answers_by_code = True

    def send(self, message: Message) -> Sent:
        if not self.accepts(message.to):
            raise DeliveryRefused("This is no address of a robot.")
        url, document = self.written(message)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        try:
            answer = self._post(url, msgspec.json.encode(document), headers, self._allowed())
        except ForbiddenAddress as error:
            raise DeliveryRefused("This is no address of a robot.") from error
        except Unavailable as error:
            raise NotDelivered("The room does not answer.") from error
        return self._judged(answer)

    def written(self, message: Message) -> tuple[str, dict[str, Any]]:
        """The address to post to, and the document."""
        raise NotImplementedError

    def _judged(self, answer: HttpAnswer) -> Sent:
        if answer.status == TOO_MANY_REQUESTS or answer.status >= 500:
            raise NotDelivered(f"Answered {answer.status}.", status=answer.status)
        if not 200 <= answer.status < 300:
            raise DeliveryRefused(f"Answered {answer.status}.")
        code = _code_in(answer) if self.answers_by_code else 0
        if code in self.passing:
            raise NotDelivered(f"The room is busy: {code}.", status=answer.status)
        if code:
            raise DeliveryRefused(f"The room refused: {code}.")
        return Sent(status=answer.status)


def signature(key: str, content: str = "") -> str:
    """HMAC-SHA256 in base64, as the rooms that sign want it."""
    return base64.b64encode(
        hmac.new(key.encode(), content.encode(), hashlib.sha256).digest()
    ).decode()


def inert(text: str) -> str:
    """What others wrote calls nobody (`<at …>`, `<@…>`) and does not hide where it leads."""
    return text.replace("<", "＜").replace("](", "] (")


def marked_down(link: str) -> str:
    """A link in Markdown."""
    return f"[{link}]({link})"


def _code_in(answer: HttpAnswer) -> int:
    """The room's own verdict. Raises `DeliveryRefused` for what no robot says."""
    try:
        found = msgspec.json.decode(answer.excerpt, type=_Verdict)
    except msgspec.DecodeError as error:
        raise DeliveryRefused("This is not what a room's robot answers.") from error
    code = found.code if found.errcode is None else found.errcode
    if code is None:
        raise DeliveryRefused("This is not what a room's robot answers.")
    return code
