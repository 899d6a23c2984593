"""Which ways of paying a store offers: by its settings, its currency, the device, the stage."""

from collections.abc import Mapping
from typing import get_args

import msgspec

from chalicelib.domain.catalogue import Store
from chalicelib.domain.payments import Device
from chalicelib.providers.base import Provider

ON_SITE = "on_site"
_EVERY_DEVICE: tuple[Device, ...] = get_args(Device)


class Way(msgspec.Struct, frozen=True):
    """A provider with its methods here, the devices that can use each, and what it can charge."""

    provider: str
    devices: dict[str, tuple[Device, ...]]
    currencies: tuple[str, ...]


def ways_of(store: Store, offered: Mapping[str, Provider]) -> list[Way]:
    """`offered` are the providers whose credentials the stage has.

    First come the methods that the store names first; what is paid on site is the last.
    """
    found = [
        Way(name, _devices(store, provider), _currencies(store, provider))
        for name, provider in offered.items()
    ]
    found = [way for way in found if way.devices and way.currencies]
    found.sort(key=lambda way: store.payment_methods.index(next(iter(way.devices))))
    if store.on_site_allowed:
        found.append(Way(ON_SITE, {ON_SITE: _EVERY_DEVICE}, (store.currency,)))
    return found


def _devices(store: Store, provider: Provider) -> dict[str, tuple[Device, ...]]:
    return {
        method: provider.devices.get(method, _EVERY_DEVICE)
        for method in store.payment_methods
        if method in provider.methods
    }


def _currencies(store: Store, provider: Provider) -> tuple[str, ...]:
    """The store's own first."""
    named = (store.currency, *(rate.currency for rate in store.charge_currencies))
    taken = provider.currencies
    return tuple(currency for currency in named if taken is None or currency in taken)


def is_way(
    ways: list[Way], provider: str, method: str, device: Device | None, currency: str
) -> bool:
    """Whether one of them is meant; who does not say with what device may use any."""
    way = next((way for way in ways if way.provider == provider), None)
    if way is None or currency not in way.currencies:
        return False
    devices = way.devices.get(method, ())
    return device in devices if device else bool(devices)
