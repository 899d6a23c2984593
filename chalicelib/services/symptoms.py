"""What customers and stores notice just now, as the stage's composite alarms tell it."""

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.status_board import Troubled
from chalicelib.observability import logger

# By alarm (infra/symptoms.py): the component of the status page that it is about.
COMPONENTS: dict[str, Troubled] = {
    "customers-cannot-order": "ordering",
    "money-not-recorded": "payments",
    "customers-not-told": "notifications",
    "orders-not-reaching-stores": "merchants",
}


def troubled() -> tuple[Troubled, ...] | None:
    """The components whose symptom rings; None while that cannot be known."""
    prefix = f"docket-{settings().stage}-"
    try:
        with aws.calling("The alarms"):
            found = aws.client("cloudwatch").describe_alarms(
                AlarmNames=[f"{prefix}{name}" for name in COMPONENTS],
                AlarmTypes=["CompositeAlarm"],
            )
    except Unavailable:
        logger.warning("nobody knows which alarms ring")
        return None
    ringing = {
        alarm["AlarmName"].removeprefix(prefix)
        for alarm in found["CompositeAlarms"]
        if alarm["StateValue"] == "ALARM"
    }
    return tuple(component for name, component in COMPONENTS.items() if name in ringing)
