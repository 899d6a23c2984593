"""Events that name no order of ours: looked up again, or dismissed by people who know better.

An order can come to be known later: its transaction was slow, or the provider's answer that names
it could not be had.
"""

from collections import defaultdict
from datetime import datetime

import msgspec

from chalicelib.domain.errors import NotFound
from chalicelib.domain.exception_cases import Subject
from chalicelib.rules.base import OrphanEvidence
from chalicelib.services import webhooks
from chalicelib.store import client, webhook_inbox
from chalicelib.store.client import TransactionRefused
from chalicelib.store.webhook_inbox import InboxRow

_LISTED_MAX = 200
_AT_ONCE = 20
_SHOWN = 3


class LookedUp(msgspec.Struct):
    tried: int = 0
    applied: int = 0


def gather(now: datetime) -> list[OrphanEvidence]:
    """One for each provider that has any."""
    rows: dict[str, list[InboxRow]] = defaultdict(list)
    for row in webhook_inbox.list_orphans(_LISTED_MAX):
        rows[row.provider].append(row)
    return [
        OrphanEvidence(
            subject=Subject("provider", provider),
            at=now,
            count=len(found),
            event_ids=tuple(row.event_id for row in found[:_SHOWN]),
            raw_types=tuple(sorted({row.raw_type for row in found})[:_SHOWN]),
            oldest_at=datetime.fromisoformat(found[0].received_at),
        )
        for provider, found in rows.items()
    ]


def look_up(provider: str, now: datetime) -> LookedUp:
    """Fold those whose order is known by now into it, each in one transaction with its end here."""
    done = LookedUp()
    for row in _of(provider)[:_AT_ONCE]:
        if row.event is None:
            continue
        done.tried += 1
        ended = (webhook_inbox.settled(row, "applied"),)
        try:
            if webhooks.fold(webhooks.named(row.event), ended, now) is None:
                client.transact([webhook_inbox.settled(row, "nothing_new")])
            done.applied += 1
        except (NotFound, TransactionRefused):
            continue
    return done


def dismiss(provider: str) -> int:
    """People say that these are none of ours."""
    rows = _of(provider)
    for row in rows:
        try:
            client.transact([webhook_inbox.settled(row, "dismissed")])
        except TransactionRefused:
            continue
    return len(rows)


def _of(provider: str) -> list[InboxRow]:
    found = webhook_inbox.list_orphans(_LISTED_MAX)
    return [row for row in found if row.provider == provider]
