"""A notification on a device of somebody who asked for it: Web Push (RFC 8030).

The address is the browser's subscription as JSON: `domain.push_subscriptions`. `secret` is the
stage's, which the sender's key comes from; headers (TTL, Urgency, Topic) come with the message.
"""

from collections.abc import Callable, Collection
from email.utils import parseaddr
from functools import partial

from chalicelib import outbound_http
from chalicelib.channels import _push_encryption, _push_vapid
from chalicelib.channels.base import AddressGone, DeliveryRefused, Message, NotDelivered, Sent
from chalicelib.channels.base_endpoint import EndpointChannel, Post
from chalicelib.config import settings
from chalicelib.domain.endpoint_urls import ForbiddenAddress
from chalicelib.domain.errors import InvalidInput, Unavailable
from chalicelib.domain.push_subscriptions import Address, read_address
from chalicelib.outbound_http import HttpAnswer

# The customer's other channels wait meanwhile.
SECONDS_MAX = 5.0
_GONE = frozenset({404, 410})
_TOO_MANY_REQUESTS = 429
_post = partial(outbound_http.post, seconds_max=SECONDS_MAX)


class Push(EndpointChannel):
    name = "push"

    def __init__(
        self,
        post: Post = _post,
        allowed_private_hosts: Callable[[], Collection[str]] = lambda: (
            settings().allowed_private_hosts
        ),
    ) -> None:
        super().__init__(post, allowed_private_hosts)

    def accepts(self, address: str) -> bool:
        try:
            return super().accepts(read_address(address).endpoint)
        except InvalidInput:
            return False

    def public_key(self, secret: str) -> str:
        """What browsers subscribe with, so that nobody else can write to them."""
        return _push_vapid.public_key_of(secret)

    def send(self, message: Message) -> Sent:
        """One try. Raises `AddressGone` where nobody subscribes any more."""
        if not self.accepts(message.to):
            raise DeliveryRefused("This is no push subscription.")
        to = read_address(message.to)
        try:
            body = _push_encryption.encrypt(message.text.encode(), to.key, to.auth)
        except ValueError as error:
            raise DeliveryRefused("This message cannot be encrypted.") from error
        try:
            answer = self._post(to.endpoint, body, _headers(to, message), self._allowed())
        except ForbiddenAddress as error:
            raise DeliveryRefused("This is no push subscription.") from error
        except Unavailable as error:
            raise NotDelivered("The push service does not answer.") from error
        return _judged(answer)


def _headers(to: Address, message: Message) -> dict[str, str]:
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        **message.headers,
    }
    if message.secret and message.at:
        contact = f"mailto:{parseaddr(settings().mail_from)[1]}"
        headers["Authorization"] = _push_vapid.authorization(
            message.secret, to.endpoint, contact, message.at
        )
    return headers


def _judged(answer: HttpAnswer) -> Sent:
    if 200 <= answer.status < 300:
        return Sent(status=answer.status)
    said = f"Answered {answer.status}."
    if answer.status in _GONE:
        raise AddressGone(said)
    if answer.status == _TOO_MANY_REQUESTS or answer.status >= 500:
        raise NotDelivered(said, status=answer.status)
    raise DeliveryRefused(said)


CHANNEL = Push()
