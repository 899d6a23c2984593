"""Finds an order that we confirmed and the merchant has not accepted in time.

The most important of all rules: someone paid, and nobody may be working on it. It is delivered
again, then by the second channel; the cause tells staff whom to call.
"""

from chalicelib.domain.exception_cases import Cause, Finding, Remedy
from chalicelib.domain.merchant_mails import NO_ENDPOINT, NOT_ACCEPTED
from chalicelib.domain.receipts import Receipt
from chalicelib.domain.text import Text, both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule

_WHY: dict[Cause, Text] = {
    "system": both("it has not left Docket", "尚未由系统送出"),
    "communication": both("the merchant's system does not answer", "商家系统没有响应"),
    "operation": both("the store has it but has not accepted it", "门店已收到但未接单"),
    "outside": both("the merchant's system refuses deliveries", "商家系统拒绝接收"),
}
_NO_MAIL = both("mail to the store comes back", "发给门店的邮件被退回")


def foresee(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    order = evidence.order
    if order.status != "confirmed":
        return None
    confirmed_at = order.confirmed_at or order.updated_at
    receipt = _receipt(evidence)
    cause, why = _judged(receipt)
    return evidence.found(
        RULE.name,
        since=confirmed_at + settings.after,
        cause=cause,
        summary=both(
            f"Order {order.number} confirmed at {confirmed_at:%H:%M:%S} UTC and not accepted: "
            f"{why['en']}.",
            f"订单 {order.number} 于 {confirmed_at:%H:%M:%S} UTC 确认后未被接单：{why['zh-CN']}。",
        ),
        customer_message=both(
            "The store has not answered yet. Your order is safe: we have sent it again, keep "
            "after the store, and tell you as soon as it answers. You can still cancel and get "
            "everything back.",
            "门店尚未回应。您的订单没有丢失：我们已重新发送并持续联系门店，一有回应会立即通知您。"
            "您仍可取消并获得全额退款。",
        ),
        remedies=_remedies(receipt),
    )


def _receipt(evidence: OrderEvidence) -> Receipt | None:
    """What became of telling the merchant that the order is theirs."""
    told = [
        receipt
        for receipt in evidence.receipts
        if receipt.consumer == "merchant" and receipt.event_type == "order.confirmed"
    ]
    return max(told, key=lambda receipt: receipt.version, default=None)


def _judged(receipt: Receipt | None) -> tuple[Cause, Text]:
    """What keeps the order from being accepted, as far as can be told."""
    if receipt is not None and receipt.outcome == "bounced":
        return "communication", _NO_MAIL
    cause = _cause(receipt)
    return cause, _WHY[cause]


def _cause(receipt: Receipt | None) -> Cause:
    if receipt is None:
        return "system"
    if receipt.outcome == "given_up" or receipt.was_refused:
        return "outside"
    return "communication" if receipt.outcome == "pending" else "operation"


def _remedies(receipt: Receipt | None) -> tuple[Remedy, ...]:
    """Deliver again where a delivery can help; people read mail in any case."""
    if receipt is not None and receipt.outcome == "not_applicable":
        return (Remedy("mail_merchant", NO_ENDPOINT),)
    return (Remedy("deliver_again"), Remedy("mail_merchant", NOT_ACCEPTED))


RULE = OrderRule("order_not_returned", both("Order not accepted", "订单未被接单"), foresee)
