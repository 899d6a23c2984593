"""What the mail service says about a mail after it took it: that it bounced, or was unwelcome.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from chalicelib.domain.errors import Malformed

Verdict = Literal["bounced", "complained"]
_DETAIL_LENGTH_MAX = 200


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """That an address gets no more mail from us, and why. The address itself is not in it."""

    verdict: Verdict
    at: datetime
    detail: str = ""


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """`tags` are those that we sent the mail with."""

    verdict: Verdict
    addresses: tuple[str, ...]
    tags: Mapping[str, str]
    at: datetime
    detail: str = ""

    @property
    def suppression(self) -> Suppression:
        return Suppression(verdict=self.verdict, at=self.at, detail=self.detail)


def order_tags(order_id: str, event_version: int) -> dict[str, str]:
    return {"order": order_id, "version": str(event_version)}


def record_tags(message_id: str, key: str) -> dict[str, str]:
    return {"message": message_id, "key": key}


def read(body: str, now: datetime) -> Feedback | None:
    """None for what needs nothing done: a mailbox that is full today, an out-of-office note.

    Raises `Malformed`: such a message never gets better.
    """
    try:
        raw = msgspec.json.decode(body)
        if raw.get("Type") == "Notification":
            raw = msgspec.json.decode(raw["Message"])
        kind = raw.get("eventType") or raw["notificationType"]
        told = raw.get(kind.casefold()) or {}
        if kind == "Bounce" and told.get("bounceType") == "Permanent":
            return _feedback("bounced", told["bouncedRecipients"], raw, now)
        if kind == "Complaint":
            return _feedback("complained", told["complainedRecipients"], raw, now)
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
        raise Malformed("This is no feedback about a mail.") from error
    return None


def _feedback(
    verdict: Verdict, recipients: list[dict[str, str]], raw: dict[str, Any], now: datetime
) -> Feedback:
    tags = {name: values[0] for name, values in raw["mail"].get("tags", {}).items() if values}
    detail = next((one["diagnosticCode"] for one in recipients if "diagnosticCode" in one), "")
    return Feedback(
        verdict=verdict, addresses=tuple(one["emailAddress"] for one in recipients), tags=tags,
        at=now, detail=" ".join(detail.split())[:_DETAIL_LENGTH_MAX],
    )  # fmt: skip
