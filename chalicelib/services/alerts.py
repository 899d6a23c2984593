"""Calling staff: what the sweep and the alarms queue, brought to people's mail and phones.

A call goes out even while the tables are unavailable: then perhaps twice, which is better than
never.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from chalicelib import aws, plugins
from chalicelib.channels.base import Channel, DeliveryRefused, Message
from chalicelib.config import settings
from chalicelib.domain.alert_history import AlertSent
from chalicelib.domain.alerts import Alert
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.errors import Malformed, NotFound, Unavailable
from chalicelib.domain.exception_cases import alert_noted
from chalicelib.domain.identity import Caller
from chalicelib.domain.ids import derived
from chalicelib.domain.mail_feedback import record_tags
from chalicelib.domain.merchant_deliveries import signed_headers
from chalicelib.domain.messages import SentMessage, address_key, masked
from chalicelib.observability import count, logger
from chalicelib.services import digest_plans, exception_cases, staff
from chalicelib.services.alert_contacts import Contact, contacts, link_token, own_contacts
from chalicelib.store import exception_cases as case_table
from chalicelib.store import messages as table

_LEASE = timedelta(seconds=30)
FindChannel = Callable[[str], Channel]
FindMember = Callable[[str], Caller | None]
Called = Literal["sent", "failed", "waiting"]


def call_staff(alert: Alert) -> None:
    """Queue the call. Raises `Unavailable`: then the next sweep calls."""
    with aws.calling("The queue of alerts"):
        aws.client("sqs").send_message(
            QueueUrl=settings().ops_alerts_queue_url,
            MessageBody=msgspec.json.encode(alert).decode(),
        )


def read_alert(body: str, now: datetime) -> Alert:
    """A call of ours, or an alarm as CloudWatch words it, in SNS's envelope or without.

    Raises `Malformed`: such a message never gets better.
    """
    try:
        raw = msgspec.json.decode(body)
        if isinstance(raw, dict) and raw.get("Type") == "Notification":
            raw = msgspec.json.decode(raw["Message"])
        if isinstance(raw, dict) and "AlarmName" in raw:
            return _alarm(raw, now)
        return msgspec.convert(raw, Alert)
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError) as error:
        raise Malformed("This is no alert.") from error


def _alarm(raw: dict[str, Any], now: datetime) -> Alert:
    name, state = str(raw["AlarmName"]), str(raw.get("NewStateValue", "ALARM"))
    changed = str(raw.get("StateChangeTime", rfc3339(now)))
    reason = str(raw.get("NewStateReason", ""))
    about = str(raw.get("AlarmDescription") or "")
    return Alert(
        alert_id=derived("alt", "alarm", name, state, changed),
        title={"en": f"[{state}] {name}", "zh-CN": f"[{state}] {name}"},
        text={"en": f"{about}\n{reason}".strip(), "zh-CN": f"{about}\n{reason}".strip()},
        channels=("email", "sms") if state == "ALARM" else ("email",),
        at=now,
        kind=name,
    )


def channel(name: str) -> Channel:
    module = plugins.load("channels", name)
    if module is None:
        raise NotFound(f"There is no channel {name}.")
    found: Channel = module.CHANNEL
    return found


def deliver(
    alert: Alert,
    now: datetime,
    find_channel: FindChannel = channel,
    find_member: FindMember = staff.find_member,
) -> None:
    """Bring a call to everyone on the stage's list, each once, and note it on the case.

    Raises `Unavailable` when someone could not be reached now: the message comes again.
    """
    if alert.staff_id and not _works_there(alert, find_member):
        digest_plans.forget_reader(alert.store_id, alert.staff_id, now)
        return
    outcomes: list[AlertSent] = []
    for name in alert.channels:
        known = own_contacts(alert.staff_id, name) if alert.staff_id else contacts(name)
        if not known:
            outcomes.append(AlertSent(now, name, "no_recipient"))
        for contact in known:
            outcome = _deliver_to(contact, name, alert, now, find_channel)
            outcomes.append(AlertSent(now, name, outcome))
    sent = tuple(one for one in outcomes if one.outcome != "waiting")
    for case_id in filter(None, (alert.case_id, *alert.case_ids)):
        _note(case_id, sent)
    if len(sent) < len(outcomes):
        raise Unavailable("Not everyone could be called yet.")


def _works_there(alert: Alert, find_member: FindMember) -> bool:
    """Whoever left, or changed the store, hears no more of its trouble."""
    member = find_member(alert.staff_id)
    return member is not None and member.works_at(alert.store_id)


def _deliver_to(
    contact: Contact, name: str, alert: Alert, now: datetime, find_channel: FindChannel
) -> str:
    record = _record(contact, name, alert)
    key = _key(contact, name)
    try:
        claim = table.claim(record, key, now, _LEASE)
    except Unavailable:
        logger.warning("calling staff without the table", extra={"alert_id": alert.alert_id})
        return _send(contact, name, alert, now, find_channel)
    if claim != "ours":
        return "known" if claim == "sent" else "waiting"
    outcome = _send(contact, name, alert, now, find_channel)
    try:
        if outcome == "waiting":
            table.release(alert.alert_id, key)
        else:
            table.mark(msgspec.structs.replace(record, outcome=outcome), key)
    except Unavailable:
        logger.warning("call not marked", extra={"alert_id": alert.alert_id})
    return outcome


def _record(contact: Contact, name: str, alert: Alert) -> SentMessage:
    """What goes on record; the address of a room is a secret and stands for nobody."""
    known = name in {"email", "sms"}
    return SentMessage(
        message_id=alert.alert_id, audience="staff", channel=name, outcome="pending", at=alert.at,
        recipient=masked(contact.address) if known else name, type=alert.kind,
        address_key=address_key(contact.address) if known else "", store_id=alert.store_id,
        order_id=alert.order_id or None, case_id=alert.case_id or None,
    )  # fmt: skip


def _send(
    contact: Contact, name: str, alert: Alert, now: datetime, find_channel: FindChannel
) -> Called:
    try:
        find_channel(name).send(_message(contact, name, alert, now))
    except Unavailable:
        return "waiting"
    except (DeliveryRefused, ValueError) as refused:  # a secret that signs nothing, too
        logger.warning("call refused", extra={"alert_id": alert.alert_id, "why": str(refused)})
        return "failed"
    count("AlertsSent")
    return "sent"


def _message(contact: Contact, name: str, alert: Alert, now: datetime) -> Message:
    """Both languages: a list of addresses has no language."""
    title, links = alert.title.get("en", ""), _links(alert, name)
    short = title if alert.is_digest else f"{title}: {alert.text.get('en', '')}"
    plain = Message(
        message_id=alert.alert_id, to=contact.address, text=short, links=links,
        secret=contact.secret, at=now,
    )  # fmt: skip
    if name == "sms":
        return plain
    if name == "webhook":
        return _signed(plain, alert, now)
    texts = tuple(dict.fromkeys(alert.text.values()))
    if name != "email":
        return msgspec.structs.replace(plain, subject=title, text="\n\n".join(texts))
    tags = record_tags(alert.alert_id, _key(contact, name))
    whole = "\n\n".join((*texts, *links)) + "\n"
    return msgspec.structs.replace(plain, subject=title, text=whole, links=(), tags=tags)


def _key(contact: Contact, name: str) -> str:
    return derived("to", name, contact.address)


def _links(alert: Alert, channel_name: str) -> tuple[str, ...]:
    """To the case in the console, and to take it in hand without signing in."""
    base = settings().public_url.rstrip("/")
    if not alert.case_id:
        return (_console(),)
    try:
        token = link_token(alert.case_id, alert.opening, channel_name)
    except Unavailable:
        return (f"{base}/ops#/cases?case={alert.case_id}",)
    return f"{base}/ops#/cases?case={alert.case_id}", f"{base}/v1/alerts/{token}"


def _console() -> str:
    return f"{settings().public_url.rstrip('/')}/ops#/cases"


def _signed(plain: Message, alert: Alert, now: datetime) -> Message:
    """For systems on call: a Standard Webhook with all that is known."""
    document = {
        "type": "alert.digest" if alert.is_digest else "alert.raised",
        "timestamp": rfc3339(alert.at),
        "data": {**msgspec.to_builtins(alert), "links": plain.links},
    }
    body = msgspec.json.encode(document).decode()
    keys = [plain.secret] if plain.secret else []
    headers = signed_headers(keys, alert.alert_id, body, now)
    return msgspec.structs.replace(plain, text=body, headers=headers)


def _note(case_id: str, sent: tuple[AlertSent, ...]) -> None:
    """The case lists its calls; that list may miss one, the call itself may not.

    What is known to have gone out before is noted where the case still says that it is held.
    """
    if not sent:
        return
    try:
        case = case_table.find_case(case_id)
        if case is not None:
            exception_cases.amend(case, lambda present: alert_noted(present, sent))
    except Unavailable:
        logger.warning("call not noted", extra={"case_id": case_id})
