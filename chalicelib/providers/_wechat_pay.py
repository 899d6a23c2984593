"""What WeChat Pay's trades and refunds say, in Docket's words. Private to `wechat_pay.py`.

Our `payment_id` is WeChat's `out_trade_no`. A refund's number there is `<refund_id>@<order_id>`,
for a notification about it carries nothing else that tells the order.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from chalicelib.domain.money import Money
from chalicelib.domain.payments import EventKind, ProviderEvent
from chalicelib.providers.base import RefundPayment
from chalicelib.providers.base_events import poll_id

_TRADE_STATES: dict[str, EventKind] = {
    "NOTPAY": "payment.pending",
    "USERPAYING": "payment.pending",
    "ACCEPT": "payment.pending",
    "PAYERROR": "payment.failed",
    "CLOSED": "payment.expired",
    "REVOKED": "payment.canceled",
    "SUCCESS": "payment.captured",
    "REFUND": "payment.captured",  # paid, and something of it given back since
}
# An abnormal refund waits for a person in the merchant's console, and may then still succeed.
_REFUND_STATES: dict[str, EventKind] = {
    "PROCESSING": "refund.pending",
    "ABNORMAL": "refund.pending",
    "SUCCESS": "refund.succeeded",
    "CLOSED": "refund.failed",
}


class _TradeAmount(msgspec.Struct):
    total: int
    currency: str = "CNY"


class Trade(msgspec.Struct):
    """As answers and notifications describe it; before it is paid, answers leave most of it out."""

    out_trade_no: str
    trade_state: str
    mchid: str
    appid: str
    transaction_id: str | None = None
    attach: str | None = None
    success_time: datetime | None = None
    amount: _TradeAmount | None = None


class _RefundAmount(msgspec.Struct):
    refund: int
    currency: str = "CNY"


class Refund(msgspec.Struct):
    """Answers name the state `status` and notifications `refund_status`."""

    refund_id: str
    out_refund_no: str
    out_trade_no: str
    amount: _RefundAmount
    status: str = ""
    refund_status: str = ""
    transaction_id: str | None = None
    success_time: datetime | None = None
    create_time: datetime | None = None

    @property
    def state(self) -> str:
        return self.status or self.refund_status


def out_refund_no(refund: RefundPayment) -> str:
    return f"{refund.refund_id}@{refund.order_id}"


def trade_found(trade: Trade) -> ProviderEvent:
    return ProviderEvent(
        provider="wechat_pay",
        event_id=poll_id("wechat_pay", trade.out_trade_no, trade.trade_state),
        raw_type=trade.trade_state,
        **trade_facts(trade, datetime.now(UTC)),
    )


def refund_found(refund: Refund) -> ProviderEvent:
    return ProviderEvent(
        provider="wechat_pay",
        event_id=poll_id("wechat_pay", refund.out_refund_no, refund.state),
        raw_type=refund.state,
        **refund_facts(refund, datetime.now(UTC)),
    )


def trade_facts(trade: Trade, told_at: datetime) -> dict[str, Any]:
    kind = _TRADE_STATES.get(trade.trade_state)
    return {
        "kind": kind,
        "occurred_at": trade.success_time or told_at,
        "order_id": trade.attach or None,
        "payment_id": trade.out_trade_no,
        "reference": trade.transaction_id or None,
        "amount": trade.amount and Money(trade.amount.total, trade.amount.currency),
        "reason": trade.trade_state if kind == "payment.failed" else None,
    }


def refund_facts(refund: Refund, told_at: datetime) -> dict[str, Any]:
    """One made in the merchant's console has a number of its own, and no id of ours."""
    refund_id, _, order_id = refund.out_refund_no.partition("@")
    hindered = refund.state in {"ABNORMAL", "CLOSED"}
    return {
        "kind": _REFUND_STATES.get(refund.state),
        "occurred_at": refund.success_time or refund.create_time or told_at,
        "order_id": order_id or None,
        "payment_id": refund.out_trade_no,
        "reference": refund.transaction_id,
        "amount": Money(refund.amount.refund, refund.amount.currency),
        "refund_id": refund_id if order_id else None,
        "refund_reference": refund.refund_id,
        "reason": refund.state if hindered else None,
    }
