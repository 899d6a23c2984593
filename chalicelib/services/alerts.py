"""Calling staff: what the sweep and the alarms queue, brought to people's mail and phones.

A call carries all that a person needs, so that it goes out even while the tables are unavailable:
then perhaps twice, which is better than never.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib import aws, plugins
from chalicelib.channels.base import Channel, DeliveryRefused, Message
from chalicelib.config import settings
from chalicelib.domain.clock import rfc3339
from chalicelib.domain.errors import Malformed, NotFound, Unavailable
from chalicelib.domain.exception_cases import AlertSent, ExceptionCase, alert_noted
from chalicelib.domain.ids import derived
from chalicelib.domain.text import Text
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.observability import count, logger
from chalicelib.services import exception_cases
from chalicelib.store import alerts as table
from chalicelib.store import exception_cases as case_table

_LEASE = timedelta(seconds=30)
FindChannel = Callable[[str], Channel]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One call of staff. `alert_id` is the same for every repeat of its message.

    `case_id` is empty for an alarm of the stage itself.
    """

    alert_id: str
    title: Text
    text: Text
    channels: tuple[str, ...]
    at: datetime
    case_id: str = ""


def alert_of(case: ExceptionCase, rule: RuleSettings, now: datetime) -> Alert:
    level = case.alert_level + 1
    again = {"en": f" (call {level})", "zh-CN": f"（第 {level} 次提醒）"} if level > 1 else {}
    return Alert(
        alert_id=derived("alt", case.case_id, str(case.opening), str(level)),
        title={
            language: f"[{case.severity}] {case.rule}{again.get(language, '')}"
            for language in case.summary
        },
        text=case.summary,
        channels=rule.channels,
        at=now,
        case_id=case.case_id,
    )


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
    )


def channel(name: str) -> Channel:
    module = plugins.load("channels", name)
    if module is None:
        raise NotFound(f"There is no channel {name}.")
    found: Channel = module.CHANNEL
    return found


def deliver(alert: Alert, now: datetime, find_channel: FindChannel = channel) -> None:
    """Bring a call to everyone on the stage's list, each once, and note it on the case.

    Raises `Unavailable` when someone could not be reached now: the message comes again.
    """
    sent: list[AlertSent] = []
    waiting = False
    for name in alert.channels:
        addresses = _contacts(name)
        if not addresses:
            sent.append(AlertSent(now, name, "no_recipient"))
        for address in addresses:
            outcome = _deliver_to(address, name, alert, now, find_channel)
            waiting |= outcome == "waiting"
            if outcome in {"sent", "failed"}:
                sent.append(AlertSent(now, name, outcome))
    if sent and alert.case_id:
        _note(alert.case_id, tuple(sent))
    if waiting:
        raise Unavailable("Not everyone could be called yet.")


def _contacts(channel_name: str) -> tuple[str, ...]:
    lists = {"email": settings().alert_emails, "sms": settings().alert_phones}
    return lists.get(channel_name, ())


def _deliver_to(
    address: str, name: str, alert: Alert, now: datetime, find_channel: FindChannel
) -> str:
    key = derived("to", name, address)
    try:
        claim = table.claim(alert.alert_id, key, now, _LEASE)
    except Unavailable:
        logger.warning("calling staff without the table", extra={"alert_id": alert.alert_id})
        return _send(address, name, alert, find_channel)
    if claim != "ours":
        return "known" if claim == "sent" else "waiting"
    outcome = _send(address, name, alert, find_channel)
    try:
        settle = table.release if outcome == "waiting" else table.mark_sent
        settle(alert.alert_id, key)
    except Unavailable:
        logger.warning("call not marked", extra={"alert_id": alert.alert_id})
    return outcome


def _send(address: str, name: str, alert: Alert, find_channel: FindChannel) -> str:
    try:
        find_channel(name).send(_message(address, name, alert))
    except Unavailable:
        return "waiting"
    except DeliveryRefused as refused:
        logger.warning("call refused", extra={"alert_id": alert.alert_id, "why": str(refused)})
        return "failed"
    count("AlertsSent")
    return "sent"


def _message(address: str, name: str, alert: Alert) -> Message:
    """Both languages: a list of addresses has no language."""
    link = f"{settings().public_url.rstrip('/')}/ops#/exceptions"
    if alert.case_id:
        link = f"{link}/{alert.case_id}"
    title = alert.title.get("en", "")
    if name == "sms":
        return Message(
            message_id=alert.alert_id, to=address, text=f"{title}: {alert.text.get('en', '')}"
        )
    texts = [*dict.fromkeys(alert.text.values())]
    body = "\n\n".join([*texts, link]) + "\n"
    return Message(message_id=alert.alert_id, to=address, subject=title, text=body)


def _note(case_id: str, sent: tuple[AlertSent, ...]) -> None:
    """The case lists its calls; that list may miss one, the call itself may not."""
    try:
        case = case_table.find_case(case_id)
        if case is not None:
            exception_cases.amend(case, lambda present: alert_noted(present, sent))
    except Unavailable:
        logger.warning("call not noted", extra={"case_id": case_id})
