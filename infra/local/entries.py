"""What the local stage's pages list: sent mail and texts, practice payments, deliveries."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import aiohttp

from infra.local.accounts import SIGN_IN_WITH, STORES

MANAGER = {"email": "manager@example.com", "password": SIGN_IN_WITH}
JSON = {"Accept": "application/json"}


@dataclass(frozen=True)
class Entry:
    """One thing that was sent or paid: who it is for, what it says, when."""

    to: str
    title: str
    text: str
    at: str
    link: str = ""


Load = Callable[[], Awaitable[list[Entry]]]


def fetched(source: str, read: Callable[[Any], list[Entry]]) -> Load:
    """Loads what one address answers in JSON."""

    async def load() -> list[Entry]:
        async with aiohttp.ClientSession() as client, client.get(source, headers=JSON) as answer:
            return read(await answer.json(content_type=None))

    return load


def joined(loads: Iterable[Load]) -> Load:
    several = list(loads)

    async def load() -> list[Entry]:
        return [entry for one in several for entry in await one()]

    return load


def merchant_deliveries(url: str) -> Load:
    """Loads the delivery log of every demo store over the API, as its manager would."""

    async def load() -> list[Entry]:
        async with aiohttp.ClientSession(url, headers=JSON) as client:
            async with client.post("/v1/auth/sign-in", json=MANAGER) as answer:
                bearer = {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
            found: list[Entry] = []
            for store_id in STORES:
                path = f"/v1/ops/stores/{store_id}/webhooks/deliveries"
                async with client.get(path, headers=bearer) as answer:
                    found += read_deliveries((await answer.json())["items"])
            return found

    return load


def read_mail(answer: Any) -> list[Entry]:
    messages = [message for sent in answer["messages"].values() for message in sent]
    return [
        Entry(
            ", ".join(sent["To"]), sent["Subject"], sent["BodyText"] or "", str(sent["Timestamp"])
        )
        for sent in messages
    ]


def read_texts(answer: Any) -> list[Entry]:
    return [
        Entry(phone, "", str(sent.get("Message", "")), str(sent.get("Timestamp", "")))
        for phone, messages in answer["sms_messages"].items()
        for sent in messages
    ]


def read_pushes(answer: Any) -> list[Entry]:
    return [
        Entry(
            to=str(sent["device_id"]),
            title=str(sent["message"].get("title", "")),
            text=str(sent["message"].get("body", "")),
            at=str(sent["at"]),
            link=f"/{sent['message'].get('url', '')}",
        )
        for sent in answer["items"]
    ]


def read_payments(company: str) -> Callable[[Any], list[Entry]]:
    def read(answer: Any) -> list[Entry]:
        return [
            Entry(
                to=str(paid.get("order_id", "")),
                title=f"{company}, {paid['status']}: {paid.get('amount_minor')} "
                f"{paid.get('currency', '')}",
                text=str(paid["payment_id"]),
                at=str(paid.get("updated_at", "")),
                link=str(paid.get("pay_url", "")),
            )
            for paid in answer["items"]
        ]

    return read


def read_deliveries(items: list[dict[str, Any]]) -> list[Entry]:
    return [
        Entry(
            to=str(sent["store_id"]),
            title=f"{sent['outcome']}: {sent['event_type']} {sent.get('order_id') or ''}",
            text=str(sent.get("error") or sent.get("response_excerpt") or ""),
            at=str(sent["at"]),
        )
        for sent in items
    ]


def read_einvoices(answer: Any) -> list[Entry]:
    return [
        Entry(
            to=str(one["order_number"]),
            title=f"{one['kind']}, {one['state']}: {one['total']['amount_minor']} "
            f"{one['total']['currency']} {one.get('number') or ''}",
            text=f"{one['request_id']} {one.get('message') or ''}",
            at=str(one["asked_at"]),
            link=str(one.get("link") or ""),
        )
        for one in answer["items"]
    ]
