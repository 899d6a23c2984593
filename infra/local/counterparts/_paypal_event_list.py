"""PayPal's list of its events: the newest first, between two times, page by page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from infra.local.counterparts.base_bank import Refused
from infra.local.counterparts.base_ledger import Document

_PAGE, _PAGE_MAX = 10, 300


def event_page(told: Sequence[Document], query: Mapping[str, str], api_base: str) -> Document:
    """`told` are all events, the oldest first."""
    try:
        size = min(int(query.get("page_size", _PAGE)), _PAGE_MAX)
        offset = int(query.get("offset", 0))
        since, until = (_moment(query.get(name)) for name in ("start_time", "end_time"))
    except ValueError as error:
        raise Refused(400, "INVALID_PARAMETER_SYNTAX") from error
    if size < 1 or offset < 0:
        raise Refused(400, "INVALID_PARAMETER_VALUE")
    found = [one for one in reversed(told) if _is_between(one, since, until)]
    page = found[offset : offset + size]
    links = []
    if offset + size < len(found):
        following = urlencode({**query, "page_size": size, "offset": offset + size})
        href = f"{api_base}/v1/notifications/webhooks-events?{following}"
        links.append({"href": href, "rel": "next", "method": "GET"})
    return {"events": page, "count": len(page), "links": links}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _is_between(event: Document, since: datetime | None, until: datetime | None) -> bool:
    made = datetime.fromisoformat(event["create_time"])
    return (since is None or since <= made) and (until is None or made <= until)
