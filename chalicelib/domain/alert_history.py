"""What became of the calls about a case, as the case lists them."""

from datetime import datetime

import msgspec


class AlertSent(msgspec.Struct, frozen=True):
    """One channel's part of a call; `held` until it goes out with others."""

    at: datetime
    channel: str
    outcome: str


def held(channels: tuple[str, ...], now: datetime) -> tuple[AlertSent, ...]:
    return tuple(AlertSent(now, channel, "held") for channel in channels)


def superseded(alerts: tuple[AlertSent, ...]) -> tuple[AlertSent, ...]:
    """What is still held goes to nobody any more."""
    found: list[AlertSent] = []
    for alert in reversed(alerts):
        waits = alert.outcome == "held" and alert.channel not in {one.channel for one in found}
        found.append(msgspec.structs.replace(alert, outcome="superseded") if waits else alert)
    return tuple(reversed(found))


def noted(alerts: tuple[AlertSent, ...], sent: tuple[AlertSent, ...]) -> tuple[AlertSent, ...]:
    """With what went out; of what is `known` to have gone out before only what was still held."""
    last = {one.channel: one.outcome for one in alerts}
    news = tuple(
        msgspec.structs.replace(one, outcome="sent") if one.outcome == "known" else one
        for one in sent
        if one.outcome != "known" or last.get(one.channel) == "held"
    )
    return (*alerts, *news)
