"""Alipay's way with money: trades have an end, and know when they were paid."""

import secrets
import time
from datetime import datetime

from infra.local.counterparts._alipay_wire import BEIJING
from infra.local.counterparts.base_bank import PAYABLE, Bank
from infra.local.counterparts.base_ledger import Document


def trade_number(_: str) -> str:
    """28 digits that begin with the day; the rest cannot be guessed."""
    return f"{datetime.now(BEIJING):%Y%m%d}{secrets.randbelow(10**20):020d}"


class TradeBank(Bank):
    """`ends_at` of a trade is when it can no longer be paid, `paid_at` when it was."""

    def pay(self, reference: str, outcome: str) -> Document:
        self.load_current(reference)
        return super().pay(reference, outcome)

    def load_current(self, key: str) -> Document:
        """The trade, closed first if its time is over."""
        trade = self.load_payment(key)
        if trade["status"] in PAYABLE and time.time() > trade["ends_at"]:
            return self.close(trade["payment_id"])
        return trade

    def _captured(self, payment: Document) -> Document:
        return super()._captured(payment | {"paid_at": time.time()})

    def _tell(self, kind: str, data: Document, after: tuple[float, ...] = (0.0,)) -> None:
        if kind == "refund.succeeded":  # Alipay tells what was given back in all by then
            data = data | {
                "refunded_minor": self.load_payment(data["payment_id"])["refunded_minor"]
            }
        super()._tell(kind, data, after)
