"""The drills: each injects one kind of fault, waits until it is found and mended, and counts."""

import json
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import urllib3

from infra.drills.merchant import Merchant
from infra.drills.people import Lost, until
from infra.drills.shop import OTHER_STORE, Load, Placed, Shop
from infra.drills.stage import Stage
from infra.drills.tally import Drill
from infra.drills.weather import Weather
from infra.local.sandbox_facade import HEADER, signature

SWEPT_SECONDS = 200  # three sweeps of the schedule
TOLD_AGAIN_SECONDS = 60
WINDOW_SECONDS = 30.0
DRAINED_SECONDS = 300
ANSWERED_SECONDS = 60
ORDERS = 5


@dataclass
class Day:
    """Who and what the drills work with."""

    shop: Shop
    stage: Stage
    merchant: Merchant
    other_merchant: Merchant
    secrets: Any
    down_seconds: float
    poison: set[str] = field(default_factory=set)


def lost_webhooks(day: Day) -> Drill:
    """Paid at the bank, and nobody told Docket."""
    drill = Drill("webhooks lost")
    orders = [_paid(day.shop, "webhook_lost") for _ in range(ORDERS)]
    drill.injected, began = len(orders), time.monotonic()
    _confirmed(day.shop, orders, drill, began)
    return drill


def clock_skew(day: Day) -> Drill:
    """The bank's clock is wrong: a little is borne, much is refused and the bank asked instead."""
    drill = Drill("webhooks of a wrong clock")
    skews = (-240, 240, -360, 360)
    orders = [_paid(day.shop, "webhook_lost") for _ in skews]
    drill.injected, began = len(orders), time.monotonic()
    for placed, skew in zip(orders, skews, strict=True):
        status = _tell_late(day, placed, skew)
        if (status == 200) != (abs(skew) < 300):
            drill.lost.append(f"an event {skew} s off was answered with {status}")
    _confirmed(day.shop, orders, drill, began)
    return drill


def _paid(shop: Shop, outcome: str) -> Placed:
    placed = shop.place()
    shop.pay(placed, outcome)
    return placed


def _confirmed(shop: Shop, orders: list[Placed], drill: Drill, began: float) -> None:
    for placed in orders:
        try:
            shop.await_status(placed, "confirmed", SWEPT_SECONDS)
        except Lost as lost:
            drill.lost.append(str(lost))
            continue
        drill.found.append(time.monotonic() - began)
        drill.repaired.append(time.monotonic() - began)
        shop.serve(placed)


def _told(url: str, body: bytes, key: str, skew: int) -> int:
    """How it was answered; 0 when it was not, and is told again as a bank does."""
    headers = {
        HEADER: signature(key, body, int(time.time()) + skew),
        "Content-Type": "application/json",
    }
    try:
        answer = urllib3.request(
            "POST", url, body=body, headers=headers, retries=False, timeout=ANSWERED_SECONDS
        )
    except urllib3.exceptions.HTTPError:
        return 0
    return 0 if answer.status >= 500 else int(answer.status)


def _tell_late(day: Day, placed: Placed, skew: int) -> int:
    """The bank's own event about the capture, signed so many seconds from now."""
    bank = {"Authorization": f"Bearer {day.secrets['secret_key']}"}
    after, event = 0, None
    while event is None:
        listed = urllib3.request(
            "GET",
            f"{day.secrets['api_base']}/v1/events?after={after}",
            headers=bank,
            timeout=ANSWERED_SECONDS,
        ).json()["items"]
        if not listed:
            raise Lost(f"the bank knows nothing of {placed.order_id}")
        after = listed[-1]["seq"]
        event = next((e for e in listed if placed.order_id in json.dumps(e)), None)
    body = json.dumps({name: value for name, value in event.items() if name != "seq"}).encode()
    key = day.secrets["webhook_secrets"][0]
    url = f"{day.stage.url}/v1/webhooks/payments/sandbox"
    return until(lambda: _told(url, body, key, skew), ANSWERED_SECONDS, "a webhook answered")


def dead_merchant(day: Day) -> Drill:
    """The merchant's system answers nobody: a case calls people, who later send all again.

    The others' faults go on meanwhile: what takes so long for want of a database is not lost.
    """
    drill = Drill("orders a dead endpoint missed")
    merchant, shop = day.other_merchant, day.shop
    merchant.is_dead = True
    orders = []
    for _ in range(ORDERS):
        placed = shop.place(OTHER_STORE)
        shop.pay(placed, "succeeded")
        orders.append(placed)
    drill.injected, began = len(orders), time.monotonic()
    for placed in orders:
        found = partial(shop.case_of, "order_not_returned", placed.order_id)
        until(found, SWEPT_SECONDS + day.down_seconds, "a case")
        drill.found.append(time.monotonic() - began)
    merchant.is_dead = False
    shop.send_again(OTHER_STORE, {placed.order_id for placed in orders})
    for placed in orders:
        try:
            _told_again(merchant, placed, TOLD_AGAIN_SECONDS + day.down_seconds)
            shop.serve(placed)
            _resolved(shop, placed, SWEPT_SECONDS + day.down_seconds)
        except Lost as lost:
            drill.lost.append(str(lost))
        else:
            drill.repaired.append(time.monotonic() - began)
    drill.notes = f"{merchant.refused} deliveries refused"
    return drill


def _told_again(merchant: Merchant, placed: Placed, seconds: float) -> None:
    def told() -> bool:
        return "order.confirmed" in merchant.heard_of(placed.order_id)

    until(told, seconds, f"{placed.order_id} told again")


def _resolved(shop: Shop, placed: Placed, seconds: float) -> None:
    def resolved() -> bool:
        return bool(shop.case_of("order_not_returned", placed.order_id)["status"] == "resolved")

    until(resolved, seconds, f"the case of {placed.order_id} resolved")


def throttling(day: Day) -> Drill:
    """A third of the database's calls are refused, some answers get lost on their way."""
    drill = Drill("calls throttled or unheard")
    with_load = Load(day.shop)
    began = time.monotonic()
    day.stage.proxy.weather = Weather(throttled=0.3, unheard=0.05)
    time.sleep(WINDOW_SECONDS)
    day.stage.proxy.weather = Weather()
    injected = day.stage.proxy.injected
    drill.injected = injected.pop("throttled", 0) + injected.pop("unheard", 0)
    mended(drill, with_load, began)
    return drill


def killed_functions(day: Day) -> Drill:
    """A function dies each second, whatever it is at."""
    drill = Drill("functions killed")
    with_load = Load(day.shop)
    began = time.monotonic()
    while time.monotonic() - began < WINDOW_SECONDS:
        drill.injected += day.stage.kill_a_function()
        time.sleep(1)
    mended(drill, with_load, began)
    return drill


def mended(drill: Drill, load: Load, began: float) -> None:
    """Found by whoever was refused and asked again; mended when each of their orders is done."""
    drill.all_found(began)
    load.end(DRAINED_SECONDS)
    drill.lost += load.lost
    drill.all_repaired(began)
    told = f"{load.done} orders completed, {load.refused} answers to wait"
    drill.notes = f"{drill.notes}; {told}" if drill.notes else told
