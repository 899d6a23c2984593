"""A person's devices as one address of channel `push`: told when at least one of them took it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import msgspec

from chalicelib.channels.base import (
    AddressGone,
    Channel,
    DeliveryRefused,
    Message,
    NotDelivered,
    Sent,
)
from chalicelib.domain.errors import Stale, Unavailable
from chalicelib.domain.push_subscriptions import PushSubscription
from chalicelib.observability import count, logger
from chalicelib.services import push_subscriptions, secrets

Ending = Literal["sent", "gone", "refused", "waiting"]


class AllDevices:
    """`to` is the customer. All at once, so that it takes no longer than the slowest of them."""

    name = "push"

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def accepts(self, address: str) -> bool:
        return bool(address)

    def send(self, message: Message) -> Sent:
        customer_id = message.to
        devices = push_subscriptions.load_devices(customer_id).items
        if not devices:
            raise AddressGone("No device is left.")
        signed = msgspec.structs.replace(message, secret=secrets.push_secret())
        with ThreadPoolExecutor(len(devices)) as pool:
            endings = list(pool.map(lambda to: self._tell(to, signed), devices))
        told = zip(devices, endings, strict=True)
        self._forget(customer_id, [to.subscription_id for to, how in told if how == "gone"])
        return _judged(endings)

    def _tell(self, device: PushSubscription, message: Message) -> Ending:
        try:
            self._channel.send(msgspec.structs.replace(message, to=device.address))
        except AddressGone:
            return "gone"
        except DeliveryRefused as refused:
            facts = {"subscription_id": device.subscription_id, "reason": str(refused)}
            logger.warning("a push service refused", extra=facts)
            return "refused"
        except Unavailable:
            return "waiting"
        return "sent"

    def _forget(self, customer_id: str, gone: list[str]) -> None:
        """What was sent stays sent: whoever is gone says so again next time."""
        if not gone:
            return
        count("PushSubscriptionsGone", len(gone))
        try:
            push_subscriptions.forget(customer_id, gone)
        except (Unavailable, Stale):
            logger.warning("devices not forgotten", extra={"count": len(gone)})


def _judged(endings: list[Ending]) -> Sent:
    if "sent" in endings:
        return Sent(reference=f"{endings.count('sent')} of {len(endings)} devices")
    if "waiting" in endings:
        raise NotDelivered("No device could be reached now.")
    if "refused" in endings:
        raise DeliveryRefused("The push services refused.")
    raise AddressGone("No device is left.")
