"""What a device shows about an order, and how long its push service keeps that for it."""

import msgspec

from chalicelib.domain.ids import derived

# What fits into one record of the encryption (RFC 8030, 7.2).
PAYLOAD_BYTES_MAX = 3993
TITLE_LENGTH_MAX = 200
TTL_SECONDS = 24 * 3600
URGENT_TTL_SECONDS = 4 * 3600


class _Shown(msgspec.Struct, frozen=True):
    """`url` is where a click leads within the shop; what has the same `tag` takes its place."""

    title: str
    body: str
    url: str
    tag: str
    lang: str


def payload(title: str, body: str, order_id: str, language: str) -> str:
    """JSON, its text cut to what push services take."""
    shown = _Shown(title[:TITLE_LENGTH_MAX], body, f"#/o/{order_id}", order_id, language)
    text = msgspec.json.encode(shown).decode()
    while len(text.encode()) > PAYLOAD_BYTES_MAX:
        shown = msgspec.structs.replace(shown, body=shown.body[: len(shown.body) * 3 // 4] + "…")
        text = msgspec.json.encode(shown).decode()
    return text


def headers(order_id: str, *, urgent: bool) -> dict[str, str]:
    """For a device that is off the service keeps an order's newest message alone: the others are
    in the inbox.
    """
    return {
        "TTL": str(URGENT_TTL_SECONDS if urgent else TTL_SECONDS),
        "Urgency": "high" if urgent else "normal",
        "Topic": derived("t", order_id),
    }
