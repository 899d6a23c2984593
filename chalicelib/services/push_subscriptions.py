"""The devices that somebody wants notifications on: list, add, remove, forget what is gone."""

from collections.abc import Collection
from datetime import datetime

from chalicelib import outbound_http
from chalicelib.domain import push_subscriptions as domain
from chalicelib.domain.endpoint_urls import ForbiddenAddress
from chalicelib.domain.errors import FieldError, InvalidInput, NotFound
from chalicelib.domain.push_subscriptions import Devices, PushSubscription
from chalicelib.outbound_http import Resolve
from chalicelib.services import secrets
from chalicelib.services.outbound_addresses import require_callable
from chalicelib.services.races import looking_again
from chalicelib.store import profiles as table


def application_server_key() -> str:
    """The stage's public key, which browsers subscribe with."""
    from chalicelib.channels.push import CHANNEL

    return CHANNEL.public_key(secrets.push_secret())


def load_devices(customer_id: str) -> Devices:
    return table.find_devices(customer_id) or Devices()


def subscribe(
    customer_id: str,
    endpoint: str,
    p256dh: str,
    auth: str,
    now: datetime,
    find: Resolve = outbound_http.resolve,
) -> PushSubscription:
    """Once for a browser, however often it says so; the oldest gives way to one too many.

    Raises `InvalidInput` for keys that are none, and for an address that is no public one.
    """
    try:
        require_callable(endpoint, find)
    except ForbiddenAddress as error:
        told = [FieldError("/endpoint", error.detail)]
        raise InvalidInput("Nothing is sent to this address.", errors=told) from error
    return _keep(customer_id, domain.subscription(endpoint, p256dh, auth, now))


@looking_again
def _keep(customer_id: str, wanted: PushSubscription) -> PushSubscription:
    devices = load_devices(customer_id)
    known = devices.find(wanted.subscription_id)
    if known and (known.p256dh, known.auth) == (wanted.p256dh, wanted.auth):
        return known
    table.save_devices(customer_id, devices.holding(wanted))
    return wanted


@looking_again
def unsubscribe(customer_id: str, subscription_id: str) -> None:
    devices = load_devices(customer_id)
    if devices.find(subscription_id) is None:
        raise NotFound("There is no such subscription.", code="push_subscription_not_found")
    table.save_devices(customer_id, devices.without({subscription_id}))


@looking_again
def forget(customer_id: str, gone: Collection[str]) -> None:
    """Those whose push service says that nobody is there any more."""
    devices = load_devices(customer_id)
    if any(map(devices.find, gone)):
        table.save_devices(customer_id, devices.without(gone))
