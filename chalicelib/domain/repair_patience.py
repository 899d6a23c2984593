"""The repairs there are, and how patiently each is tried."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

import msgspec

Action = Literal[
    "ask_provider", "expire_order", "let_stock_go", "drive_refund", "refund_surplus",
    "refund_duplicate", "deliver_again", "mail_merchant", "remind_merchant", "send_again",
    "redrive", "rebalance_stock", "look_up_orphans", "drive_drain", "ask_about_missing",
    "propose_time", "ask_if_meant",
]  # fmt: skip


class Waiting(msgspec.Struct, frozen=True):
    """How patiently a repair is tried: `first` after its last run, then doubling, to `longest`."""

    first: timedelta
    longest: timedelta
    tries_max: int

    def before_try(self, tries: int) -> timedelta:
        if tries == 0:
            return timedelta(0)
        doubled: timedelta = self.first * 2 ** min(tries - 1, 20)
        return min(doubled, self.longest)


_PATIENT = Waiting(timedelta(seconds=60), timedelta(minutes=30), 12)
_ASKING = Waiting(timedelta(minutes=5), timedelta(hours=1), 3)
PATIENCE: Mapping[Action, Waiting] = {
    "ask_provider": Waiting(timedelta(seconds=5), timedelta(minutes=5), 60),
    "expire_order": Waiting(timedelta(seconds=5), timedelta(minutes=5), 60),
    "let_stock_go": Waiting(timedelta(seconds=5), timedelta(minutes=5), 60),
    "drive_refund": Waiting(timedelta(seconds=15), timedelta(minutes=30), 40),
    "refund_duplicate": Waiting(timedelta(seconds=15), timedelta(minutes=30), 10),
    "look_up_orphans": Waiting(timedelta(minutes=1), timedelta(hours=6), 20),
    "refund_surplus": Waiting(timedelta(seconds=15), timedelta(minutes=30), 10),
    "drive_drain": _PATIENT,
    "ask_about_missing": Waiting(timedelta(minutes=5), timedelta(minutes=30), 50),
    "propose_time": _ASKING,
    "ask_if_meant": _ASKING,
    "deliver_again": _PATIENT,
    "mail_merchant": _PATIENT,
    "remind_merchant": Waiting(timedelta(hours=1), timedelta(hours=4), 3),
    "send_again": Waiting(timedelta(seconds=60), timedelta(minutes=10), 10),
    "rebalance_stock": Waiting(timedelta(minutes=1), timedelta(hours=1), 10),
    "redrive": Waiting(timedelta(minutes=20), timedelta(hours=2), 3),
}
