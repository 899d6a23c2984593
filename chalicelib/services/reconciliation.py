"""Every five minutes: ask each payment provider what it knows that we do not."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from chalicelib.observability import logger
from chalicelib.services import event_pass, payments
from chalicelib.services.event_pass import Pass


class Reconciled(msgspec.Struct, kw_only=True):
    passes: list[Pass]


def reconcile(clock: Callable[[], datetime], budget: timedelta) -> Reconciled:
    """Each provider whose credentials are here, one after the other, within the budget."""
    deadline = clock() + budget
    passes = [event_pass.pass_over(name, clock, deadline) for name in payments.offered()]
    logger.info("reconciled", extra={"passes": msgspec.to_builtins(passes)})
    return Reconciled(passes=passes)
