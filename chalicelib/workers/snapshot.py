"""The standing snapshot: at each change of catalogue, stores or rules, and every five minutes."""

from datetime import UTC, datetime
from typing import Any

from chalice.app import Blueprint, CloudWatchEvent

from chalicelib.observability import count, observed
from chalicelib.services import standing_snapshot

handlers = Blueprint(__name__)


@handlers.schedule("rate(5 minutes)", name="publish_snapshot")
@observed
def publish_snapshot(event: CloudWatchEvent) -> Any:
    """Whoever changes something invokes it with an event of the same shape."""
    del event
    made = standing_snapshot.publish(datetime.now(UTC))
    count("SnapshotPublished")
    return {"version": made.catalogue.version, "stores": len(made.catalogue.stores)}
