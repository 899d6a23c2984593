"""Whom alerts reach by which channel, and the links by which they take a case in hand."""

import base64
import hashlib
import hmac
from datetime import datetime

import msgspec

from chalicelib.config import settings
from chalicelib.domain import exception_cases as domain
from chalicelib.domain.errors import NotFound
from chalicelib.domain.exception_cases import ExceptionCase
from chalicelib.observability import logger
from chalicelib.services import exception_cases, secrets
from chalicelib.store import exception_cases as case_table
from chalicelib.store.recipients import find_recipient

_PURPOSE = "alert-link"


class Contact(msgspec.Struct, frozen=True):
    """An address of a channel, with the secret that its messages are signed with, if any."""

    address: str
    secret: str = ""


def contacts(channel: str) -> tuple[Contact, ...]:
    """The stage's lists for mail and text messages; a room's address is itself a secret.

    One that is set up wrongly has an address that takes nothing: the call says that it failed.
    """
    lists = {"email": settings().alert_emails, "sms": settings().alert_phones}
    if channel in lists:
        return tuple(map(Contact, lists[channel]))
    try:
        room = secrets.alert_secrets(channel)
        return (Contact(str(room["url"]), room.get("secret", "")),) if room else ()
    except (KeyError, msgspec.DecodeError):
        logger.exception("a room is set up wrongly", extra={"channel": channel})
        return (Contact("nowhere"),)


def own_contacts(staff_id: str, channel: str) -> tuple[Contact, ...]:
    """A member of staff by what their profile says."""
    profile = find_recipient(staff_id).profile
    address = {"email": profile.email, "sms": profile.phone}.get(channel)
    return (Contact(address),) if address else ()


def link_token(case_id: str, opening: int, channel: str) -> str:
    """Good for taking this opening of the case in hand, and for nothing else."""
    said = f"{case_id}.{opening}.{channel}"
    return f"{said}.{_mac(said, secrets.app_key(_PURPOSE))}"


def find_case(token: str) -> tuple[ExceptionCase, str]:
    """The case of a link and the channel that it was sent by.

    Raises `NotFound` for a link that we did not make, or of an earlier opening of the case.
    """
    said, _, mac = token.rpartition(".")
    keys = secrets.keys(_PURPOSE).values()
    if not any(hmac.compare_digest(mac.encode(), _mac(said, key).encode()) for key in keys):
        raise NotFound("This link is not valid.", code="case_not_found")
    case_id, opening, channel = said.split(".")
    case = case_table.load_case(case_id)
    if str(case.opening) != opening:
        raise NotFound("This link is out of date.", code="case_not_found")
    return case, channel


def acknowledge(token: str, now: datetime) -> ExceptionCase:
    """Take the case in hand as whoever got the link. Once is enough; resolved is well, too."""
    case, channel = find_case(token)
    if case.is_resolved:
        return case
    by = f"link:{channel}"

    def taken(present: ExceptionCase) -> ExceptionCase:
        after = domain.acknowledge(present, by)
        return after if after == present else domain.logged(after, "acknowledged", by, now)

    return exception_cases.amend(case, taken)


def _mac(said: str, key: bytes) -> str:
    digest = hmac.new(key, said.encode(), hashlib.sha256).digest()[:20]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
