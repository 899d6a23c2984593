"""Finds a SKU of which too little is left to sell, and an order that waits for what is not there.

Units that orders hold and a count did not find are proposed to be replaced: their customers are
asked. An order is spoken of from the asking on, until it can be fulfilled as it stands.
"""

from chalicelib.domain import questions
from chalicelib.domain.exception_cases import Finding, Remedy, Subject
from chalicelib.domain.text import both
from chalicelib.domain.thresholds import RuleSettings
from chalicelib.rules.base import OrderEvidence, OrderRule, StockEvidence, StockRule

_TITLE = both("Stock runs short", "库存不足")


def foresee(evidence: StockEvidence, settings: RuleSettings) -> Finding | None:
    if evidence.available > (settings.threshold_quantity or 1):
        return None
    missing_en = f" {evidence.missing} of them are not there." if evidence.missing else ""
    missing_zh = f"其中 {evidence.missing} 件实际缺货。" if evidence.missing else ""
    return Finding(
        rule=RULE.name,
        subject=Subject("sku", evidence.sku),
        store_id=evidence.store_id,
        since=evidence.at,
        cause="operation",
        summary=both(
            f"{evidence.sku} at {evidence.store_id}: {evidence.available} left to sell, "
            f"{evidence.reserved} reserved.{missing_en}",
            f"{evidence.store_id} 的 {evidence.sku}：可售 {evidence.available}，"
            f"已预留 {evidence.reserved}。{missing_zh}",
        ),
        remedies=(Remedy("ask_about_missing", evidence.store_id),) if evidence.missing else (),
    )


def foresee_order(evidence: OrderEvidence, settings: RuleSettings) -> Finding | None:
    del settings
    order = evidence.order
    asked = [question for question in evidence.questions if question.kind == "substitute"]
    waiting = [question for question in asked if questions.is_open(question, order)]
    lapsed = [question for question in asked if questions.unanswered(question, order)]
    if not waiting and not lapsed:
        return None
    first = min((*waiting, *lapsed), key=lambda question: question.asked_at)
    said_en = "nobody answered: call the customer" if lapsed else "the customer was asked"
    said_zh = "顾客未回复，请致电" if lapsed else "已询问顾客"
    return evidence.found(
        RULE.name,
        since=first.asked_at,
        cause="operation",
        summary=both(
            f"Order {order.number} holds {len(waiting) + len(lapsed)} line(s) out of stock; "
            f"{said_en}.",
            f"订单 {order.number} 有 {len(waiting) + len(lapsed)} 项商品缺货，{said_zh}。",
        ),
    )


RULE = StockRule(
    "stock_shortage", _TITLE, foresee, OrderRule("stock_shortage", _TITLE, foresee_order)
)
