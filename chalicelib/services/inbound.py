"""Other systems' signed messages: carriers and warehouses, each with a secret of its own."""

import re
from collections.abc import Mapping
from datetime import datetime

from chalicelib.domain import inbound_signatures
from chalicelib.domain.errors import NotFound, Unauthenticated
from chalicelib.observability import count, logger
from chalicelib.services import secrets

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def verify(name: str, headers: Mapping[str, str], body: bytes, now: datetime) -> datetime:
    """When the message was sent. Raises `NotFound` for a system that this stage does not know,
    `Unauthenticated` for a message that it did not sign.
    """
    keys = secrets.inbound_secrets(name) if _NAME.fullmatch(name) else ()
    if not keys:
        raise NotFound("There is no such system here.", code="sender_not_found")
    try:
        return inbound_signatures.verify(keys, headers, body, now)
    except Unauthenticated as refused:
        count("WebhookSignatureFailures")
        logger.warning("webhook refused", extra={"sender": name, "why": refused.detail})
        raise
