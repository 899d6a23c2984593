"""Asking for a sweep now: the scheduled function is run once, and its counts are the answer."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.domain.ids import fresh
from chalicelib.services.sweep_run import SweepCounts

SOURCE = "docket.api"
# The answer comes within 20 s, below API Gateway's own limit.
ANSWER_SECONDS = 20
BUDGET = timedelta(seconds=14)


def sweep_now(
    caller: Caller, now: datetime, *, dry_run: bool = False, client: Any = None
) -> SweepCounts:
    """A dry run tells of what the caller's stores have, and of what is no store's.

    Raises `Unavailable` when the sweep did not answer in time; it may still be running.
    """
    event = {
        "version": "0",
        "id": fresh("req"),
        "detail-type": "Sweep requested",
        "source": SOURCE,
        "account": "",
        "time": rfc3339(now),
        "region": settings().region,
        "resources": [],
        "detail": {
            "requested_by": caller.id, "dry_run": dry_run, "store_ids": sorted(caller.store_ids),
        },
    }  # fmt: skip
    with aws.calling("The sweep"):
        answer = (client or aws.client("lambda", read_seconds=ANSWER_SECONDS)).invoke(
            FunctionName=settings().sweep_function, Payload=msgspec.json.encode(event)
        )
    payload = answer["Payload"].read()
    if answer.get("FunctionError"):
        raise Unavailable("The sweep failed; it runs again within a minute.")
    return msgspec.json.decode(payload, type=SweepCounts)
