"""Asking for a new standing snapshot after a change; nobody waits for it."""

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.observability import logger


def ask() -> None:
    """A snapshot that could not be asked for is published within five minutes all the same."""
    from botocore.exceptions import BotoCoreError, ClientError

    event = (
        b'{"version":"0","id":"change","detail-type":"Snapshot wanted","source":"docket.change",'
        b'"account":"","time":"1970-01-01T00:00:00Z","region":"","resources":[],"detail":{}}'
    )
    try:
        aws.client("lambda").invoke(
            FunctionName=settings().publish_snapshot_function,
            InvocationType="Event",
            Payload=event,
        )
    except (BotoCoreError, ClientError) as error:
        logger.warning("snapshot not asked for", extra={"reason": str(error)})
