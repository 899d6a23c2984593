"""A store's endpoint: register, rotate its secret, test it, look into its log."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chalicelib import outbound_http
from chalicelib.channels.base import Channel
from chalicelib.domain import ids
from chalicelib.domain import merchant_deliveries as domain
from chalicelib.domain.endpoint_urls import ForbiddenAddress
from chalicelib.domain.errors import Conflict, FieldError, InvalidInput, NotFound
from chalicelib.domain.merchant_deliveries import Delivery, Endpoint
from chalicelib.outbound_http import Resolve
from chalicelib.services import merchant_deliveries
from chalicelib.services.merchant_deliveries import Parcel
from chalicelib.services.outbound_addresses import require_callable
from chalicelib.store import deliveries, endpoints


class Registered(msgspec.Struct, frozen=True):
    """`secret` is there when it is new: it is told this once."""

    endpoint: Endpoint
    secret: str | None


def find_endpoint(store_id: str) -> Endpoint | None:
    return endpoints.find_endpoint(store_id)


def load_endpoint(store_id: str) -> Endpoint:
    found = endpoints.find_endpoint(store_id)
    if found is None:
        raise NotFound("This store has no endpoint yet.", code="endpoint_not_found")
    return found


def register(
    known: Endpoint | None,
    store_id: str,
    url: str,
    events: Sequence[str],
    *,
    enabled: bool,
    now: datetime,
    find: Resolve = outbound_http.resolve,
) -> Registered:
    """Set the endpoint or change the `known` one, which keeps its secret."""
    _check(url, events, find)
    if known is None:
        endpoint = Endpoint(
            store_id=store_id, url=url, events=tuple(events), enabled=enabled,
            secret=domain.new_secret(), created_at=now, updated_at=now,
        )  # fmt: skip
    else:
        endpoint = msgspec.structs.replace(
            known, url=url, events=tuple(events), enabled=enabled, disabled_reason=None,
            updated_at=now, version=known.version + 1,
        )  # fmt: skip
    endpoints.save_endpoint(endpoint)
    return Registered(endpoint, None if known else endpoint.secret)


def rotate(store_id: str, now: datetime) -> Registered:
    """A new secret; the old one signs beside it for a day, so that nothing is refused."""
    endpoint = domain.rotated(load_endpoint(store_id), domain.new_secret(), now)
    endpoints.save_endpoint(endpoint)
    return Registered(endpoint, endpoint.secret)


def send_test(store_id: str, now: datetime, channel: Channel | None = None) -> Delivery:
    """A signed message about nothing, at once, whether or not the endpoint is enabled."""
    endpoint = load_endpoint(store_id)
    parcel = Parcel(
        endpoint=endpoint, message_id=ids.fresh("evt"), event_type=domain.TEST_EVENT,
        body=domain.test_body(store_id, now),
    )  # fmt: skip
    delivery = merchant_deliveries.post(parcel, now, channel)
    deliveries.add_delivery(delivery)
    return delivery


def list_deliveries(store_id: str, limit: int, before: str | None) -> list[Delivery]:
    return deliveries.list_deliveries(store_id, limit, before)


def send_again(
    store_id: str, delivery_id: str, now: datetime, channel: Channel | None = None
) -> Delivery:
    """The same event once more, at once. Raises `Conflict` without an enabled endpoint."""
    logged = deliveries.find_delivery(store_id, delivery_id)
    if logged is None:
        raise NotFound("There is no such delivery.", code="delivery_not_found")
    if logged.order_id is None:
        return send_test(store_id, now, channel)
    again = merchant_deliveries.send_again(logged.order_id, logged.event_version, now, channel)
    if again is None:
        raise Conflict("The store has no enabled endpoint.", code="endpoint_disabled")
    return again


def _check(url: str, events: Sequence[str], find: Resolve) -> None:
    errors = [
        FieldError(f"/events/{at}", "No event of this type is sent to merchants.")
        for at in domain.unknown_events(events)
    ]
    try:
        require_callable(url, find)
    except ForbiddenAddress as error:
        errors.insert(0, FieldError("/url", error.detail))
    if errors:
        raise InvalidInput("The endpoint cannot be used like this.", errors=errors)
