"""The devices on which a signed-in person gets notifications (Web Push)."""

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.domain.endpoint_urls import URL_LENGTH_MAX
from chalicelib.domain.errors import NotAllowed
from chalicelib.domain.identity import Caller
from chalicelib.domain.push_subscriptions import PushSubscription
from chalicelib.services import push_subscriptions

routes = ApiBlueprint(__name__, tag="me")

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class SubscriptionKeys(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    p256dh: Key
    auth: Key


class NewPushSubscription(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`endpoint` and `keys` of what the browser's `PushManager.subscribe` gave."""

    endpoint: Annotated[str, msgspec.Meta(min_length=1, max_length=URL_LENGTH_MAX)]
    keys: SubscriptionKeys


class PushSubscriptionView(msgspec.Struct, kw_only=True):
    """The keys stay inside: they let their holder write to the device."""

    subscription_id: str
    endpoint: str
    created_at: datetime


class PushSubscriptions(msgspec.Struct, kw_only=True):
    """A browser subscribes with `application_server_key`."""

    application_server_key: str
    items: list[PushSubscriptionView]
    next_cursor: str | None = None


@routes.get(
    "/me/push-subscriptions",
    summary="My devices with notifications, and the key to subscribe with",
    returns=PushSubscriptions,
)
def list_push_subscriptions(request: Request[None]) -> PushSubscriptions:
    devices = push_subscriptions.load_devices(_person(request.caller))
    return PushSubscriptions(
        application_server_key=push_subscriptions.application_server_key(),
        items=[_shown(one) for one in reversed(devices.items)],
    )


@routes.post(
    "/me/push-subscriptions",
    summary="Notify me on this device",
    body=NewPushSubscription,
    returns=PushSubscriptionView,
    status=201,
)
def add_push_subscription(request: Request[NewPushSubscription]) -> Reply:
    body = request.body
    added = push_subscriptions.subscribe(
        _person(request.caller), body.endpoint, body.keys.p256dh, body.keys.auth, request.now
    )
    location = f"/v1/me/push-subscriptions/{added.subscription_id}"
    return Reply(_shown(added), headers={"Location": location})


@routes.delete(
    "/me/push-subscriptions/{subscription_id}",
    summary="No more notifications on that device",
    status=204,
)
def delete_push_subscription(request: Request[None], subscription_id: str) -> Reply:
    push_subscriptions.unsubscribe(_person(request.caller), subscription_id)
    return Reply(status=204)


def _shown(one: PushSubscription) -> PushSubscriptionView:
    return msgspec.convert(one, PushSubscriptionView, from_attributes=True)


def _person(caller: Caller) -> str:
    if caller.customer_id is None:
        raise NotAllowed("Machines have no devices.")
    return caller.customer_id
