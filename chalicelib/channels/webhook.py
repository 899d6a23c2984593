"""A signed POST to an endpoint that a merchant registered."""

from chalicelib.channels.base import DeliveryRefused, Message, NotDelivered, Sent
from chalicelib.channels.base_endpoint import EndpointChannel
from chalicelib.domain.endpoint_urls import ForbiddenAddress
from chalicelib.domain.errors import Unavailable

GONE = 410


class Webhook(EndpointChannel):
    """Headers, the signature among them, come with the message."""

    name = "webhook"

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
