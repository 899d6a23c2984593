"""What Alipay's trades, refunds and notifications say, in Docket's words. Private to `alipay.py`.

Times are Beijing's, amounts yuan. A trade is closed when nobody paid in time, and also when all of
it was given back: the two are told apart by the traces that only money leaves.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.money import Money
from chalicelib.domain.payments import EventKind, ProviderEvent
from chalicelib.providers._alipay_gateway import BEIJING, TIME_FORMAT
from chalicelib.providers.base import ProviderRefused, RefundPayment
from chalicelib.providers.base_events import at, poll_id

NAME = "alipay"
CURRENCY = "CNY"
OUR_REFUNDS = "ref_"
_STATES: dict[str, EventKind] = {
    "WAIT_BUYER_PAY": "payment.pending",
    "TRADE_SUCCESS": "payment.captured",
    "TRADE_FINISHED": "payment.captured",  # paid, and too late to be given back
    "TRADE_CLOSED": "payment.expired",
}
_YUAN = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")


class Precreated(msgspec.Struct):
    qr_code: str


class Trade(msgspec.Struct):
    out_trade_no: str
    trade_no: str
    trade_status: str
    total_amount: str
    send_pay_date: str = ""
    passback_params: str = ""
    body: str = ""


class Closed(msgspec.Struct):
    trade_no: str = ""


class Refunded(msgspec.Struct):
    """`fund_change` is Y when this very question moved the money."""

    trade_no: str
    fund_change: str = ""
    gmt_refund_pay: str = ""


class RefundFound(msgspec.Struct):
    """Nothing but the code where there is no such refund."""

    trade_no: str = ""
    refund_status: str = ""
    refund_amount: str = ""
    gmt_refund_pay: str = ""


def trade_found(trade: Trade) -> ProviderEvent:
    kind = _STATES.get(trade.trade_status)
    if kind == "payment.expired" and trade.send_pay_date:
        kind = "payment.captured"
    return ProviderEvent(
        provider=NAME,
        event_id=poll_id(NAME, trade.out_trade_no, trade.trade_status),
        kind=kind,
        raw_type=trade.trade_status,
        occurred_at=_moment(trade.send_pay_date),
        order_id=trade.passback_params or trade.body or None,
        payment_id=trade.out_trade_no,
        reference=trade.trade_no,
        amount=_amount_in_answer(trade.total_amount),
    )


def refund_found(refund: RefundPayment, found: Refunded | RefundFound) -> ProviderEvent:
    """One that was made in Alipay's console has its amount from there and no id of ours."""
    name = refund.refund_id or refund.refund_reference or ""
    amount = refund.amount
    if isinstance(found, RefundFound) and not refund.refund_id:
        amount = _amount_in_answer(found.refund_amount)
    return ProviderEvent(
        provider=NAME,
        event_id=poll_id(NAME, name, "REFUND_SUCCESS"),
        kind="refund.succeeded",
        raw_type="REFUND_SUCCESS",
        occurred_at=_moment(found.gmt_refund_pay),
        order_id=refund.order_id,
        payment_id=refund.payment_id,
        reference=found.trade_no,
        amount=amount,
        refund_id=refund.refund_id or None,
        refund_reference=refund.refund_reference,
    )


def told(fields: Mapping[str, str]) -> ProviderEvent:
    """What a notification says. Alipay repeats one under its `notify_id`, and may tell the same
    under another one: so what is told makes the id.
    """
    status = fields.get("trade_status", "")
    parts = ("out_trade_no", "trade_status", "out_biz_no", "refund_fee")
    event = ProviderEvent(
        provider=NAME,
        event_id=":".join(fields.get(part, "") for part in parts),
        kind=None,
        raw_type=status,
        occurred_at=_moment(fields.get("notify_time", "")),
    )
    if status not in _STATES:
        kind = fields.get("notify_type", "")
        return msgspec.structs.replace(event, event_id=fields["notify_id"], raw_type=status or kind)
    try:
        return msgspec.structs.replace(event, **_facts(fields))
    except (KeyError, ValueError):
        return event  # genuine, but not of a shape we know: kept, and found out by asking


def _facts(fields: Mapping[str, str]) -> dict[str, Any]:
    facts = {
        "kind": _STATES[fields["trade_status"]],
        "order_id": fields.get("passback_params") or fields.get("body") or None,
        "payment_id": fields["out_trade_no"],
        "reference": fields["trade_no"],
        "amount": from_yuan(fields["total_amount"]),
    }
    return facts | (_refund_facts(fields) if _tells_of_a_refund(fields) else {})


def _refund_facts(fields: Mapping[str, str]) -> dict[str, Any]:
    """Its `refund_fee` is all that was given back so far. How much this refund was, our books know
    if it is ours; of one that was made in Alipay's console, Alipay has to be asked.
    """
    name = fields.get("out_biz_no") or None
    if name and name.startswith(OUR_REFUNDS):
        return {"kind": "refund.succeeded", "amount": None, "refund_id": name}
    given_back = fields.get("refund_fee")
    return {
        "kind": "refund.succeeded",
        "amount": from_yuan(given_back) if given_back else None,
        "refund_reference": name,
        "ask_first": name is not None,
    }


def _tells_of_a_refund(fields: Mapping[str, str]) -> bool:
    if fields["trade_status"] == "TRADE_FINISHED":
        return False
    given_back = from_yuan(fields.get("refund_fee") or "0")
    return bool(fields.get("gmt_refund")) or given_back.amount_minor > 0


def to_yuan(amount: Money) -> str:
    if amount.currency != CURRENCY:
        raise ProviderRefused(f"Alipay takes {CURRENCY} only.")
    return amount.decimal()


def from_yuan(text: str) -> Money:
    found = _YUAN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    yuan, cents = found.groups()
    return Money(int(yuan) * 100 + int((cents or "").ljust(2, "0")), CURRENCY)


def _amount_in_answer(text: str) -> Money:
    try:
        return from_yuan(text)
    except ValueError as error:
        raise Unavailable("Alipay names an amount that is none.") from error


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text[:19], TIME_FORMAT).replace(tzinfo=BEIJING).astimezone(UTC)
    except ValueError:
        return at(0)
