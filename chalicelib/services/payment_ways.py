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
    """A provider with its methods here, and the devices that can use each."""

    provider: str
    devices: dict[str, tuple[Device, ...]]


def ways_of(store: Store, offered: Mapping[str, Provider]) -> list[Way]:
    """`offered` are the providers whose credentials the stage has.

    First come the methods that the store names first; what is paid on site is the last.
    """
    found = [
        Way(name, _devices(store, provider))
        for name, provider in offered.items()
        if provider.currencies is None or store.currency in provider.currencies
    ]
    found = [way for way in found if way.devices]
    found.sort(key=lambda way: store.payment_methods.index(next(iter(way.devices))))
    if store.on_site_allowed:
        found.append(Way(ON_SITE, {ON_SITE: _EVERY_DEVICE}))
    return found


def _devices(store: Store, provider: Provider) -> dict[str, tuple[Device, ...]]:
    return {
        method: provider.devices.get(method, _EVERY_DEVICE)
        for method in store.payment_methods
        if method in provider.methods
    }


def is_way(ways: list[Way], provider: str, method: str, device: Device | None) -> bool:
    """Whether one of them is meant; who does not say with what device may use any."""
    devices = next((way.devices.get(method, ()) for way in ways if way.provider == provider), ())
    return device in devices if device else bool(devices)
