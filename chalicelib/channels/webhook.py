"""A signed POST to an endpoint that a merchant registered."""

from collections.abc import Callable, Collection

from chalicelib import outbound_http
from chalicelib.channels.base import DeliveryRefused, Message, NotDelivered, Sent
from chalicelib.config import settings
from chalicelib.domain import endpoint_urls
from chalicelib.domain.endpoint_urls import ForbiddenAddress
from chalicelib.domain.errors import Unavailable
from chalicelib.outbound_http import HttpAnswer

GONE = 410

Post = Callable[[str, bytes, dict[str, str], Collection[str]], HttpAnswer]


class Webhook:
    """Headers, the signature among them, come with the message."""

    name = "webhook"

    def __init__(
        self,
        post: Post = outbound_http.post,
        allowed_private_hosts: Callable[[], Collection[str]] = lambda: (
            settings().allowed_private_hosts
        ),
    ) -> None:
        self._post = post
        self._allowed = allowed_private_hosts

    def accepts(self, address: str) -> bool:
        try:
            endpoint_urls.parse(address, self._allowed())
        except ForbiddenAddress:
            return False
        return True

    def send(self, message: Message) -> Sent:
        """Delivered is what was answered with 2xx; 410 means that the endpoint wants no more."""
        try:
            answer = self._post(
                message.to, message.text.encode(), dict(message.headers), self._allowed()
            )
        except ForbiddenAddress as error:
            raise DeliveryRefused(error.detail) from error
        except Unavailable as error:
            raise NotDelivered(error.detail) from error
        if 200 <= answer.status < 300:
            return Sent(status=answer.status, excerpt=answer.excerpt)
        said = f"Answered {answer.status}."
        if answer.status == GONE:
            raise DeliveryRefused(said, status=GONE, excerpt=answer.excerpt)
        raise NotDelivered(said, status=answer.status, excerpt=answer.excerpt)


CHANNEL = Webhook()
