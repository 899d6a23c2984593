"""What customers are told about each event, in the languages Docket speaks: one literal table.

A key is an event's type, or a type and after the slash what tells its variants apart: a payment
or fulfillment status, a fulfillment type, or what an e-invoice is and who can mend it. Fields in
braces are filled by `domain.notifications`; nothing but these and the words here reaches a message.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from chalicelib.domain.text import Text

# What makes a message out of date: the order took another step, it will not be made, or the
# money came after all.
Outdated = Literal["status", "ended", "paid", "never"]


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """`urgent` ones also go to a phone; a `receipt` lists what was ordered and what it costs."""

    title: Text
    body: Text
    mail: bool = True
    urgent: bool = False
    receipt: bool = False
    outdated: Outdated = "status"


def _say(
    title: tuple[str, str],
    body: tuple[str, str],
    *,
    mail: bool = True,
    urgent: bool = False,
    receipt: bool = False,
    outdated: Outdated = "status",
) -> Announcement:
    return Announcement(
        title=dict(zip(("en", "zh-CN"), title, strict=True)),
        body=dict(zip(("en", "zh-CN"), body, strict=True)),
        mail=mail,
        urgent=urgent,
        receipt=receipt,
        outdated=outdated,
    )


ANNOUNCEMENTS: Mapping[str, Announcement] = {
    "exception.opened": _say(
        ("About your order {number}", "关于您的订单 {number}"),
        ("{message}{by_when}", "{message}{by_when}"),
        urgent=True,
    ),
    "question.asked": _say(
        ("A question about order {number}", "订单 {number} 需要您确认"),
        ("{message} Please answer on the order's page by {answer_by}.",
         "{message}请于 {answer_by} 前在订单页面回复。"),
        urgent=True,
        outdated="ended",
    ),
    "order.received": _say(
        ("Order {number} noted", "订单 {number} 已收下"),
        (("We have your order and keep it safe. It is placed as soon as our systems are back; we "
          "tell you then. You need not order again."),
         "我们已收下您的订单并妥善保存，系统恢复后会立即为您下单并通知您，请勿重复下单。"),
        mail=False,
    ),
    "order.placed": _say(
        ("Order {number} received", "订单 {number} 已提交"),
        ("We have your order. The total is {total}; please pay to confirm it.",
         "我们已收到您的订单，合计 {total}，请完成付款以确认订单。"),
        receipt=True,
    ),
    "order.confirmed": _say(
        ("Order {number} confirmed", "订单 {number} 已确认"),
        ("Your payment of {total} arrived. The store is being told now.",
         "已收到您的付款 {total}，正在通知门店。"),
        receipt=True,
        outdated="ended",
    ),
    "order.confirmed/unpaid": _say(
        ("Order {number} confirmed", "订单 {number} 已确认"),
        ("The store is being told now. Please pay {total} at the store.",
         "正在通知门店，请到店支付 {total}。"),
        receipt=True,
        outdated="ended",
    ),
    "order.accepted": _say(
        ("Order {number} accepted", "订单 {number} 已接单"),
        ("{store} has accepted your order.", "{store} 已接单。"),
    ),
    "order.preparing": _say(
        ("Order {number} is being prepared", "订单 {number} 正在准备"),
        ("{store} is preparing your order.", "{store} 正在准备您的订单。"),
    ),
    "order.ready": _say(
        ("Order {number} is ready", "订单 {number} 已备好"),
        ("Your order is packed and will leave soon.", "您的订单已打包，即将发出。"),
    ),
    "order.ready/pickup": _say(
        ("Order {number} is ready for pickup", "订单 {number} 可以取餐"),
        ("Please pick it up at {store}. Your code is {code}.",
         "请到 {store} 领取，取货码 {code}。"),
        urgent=True,
    ),
    "order.ready/dine_in": _say(
        ("Order {number} is ready", "订单 {number} 已备好"),
        ("It is on its way to your table. Your code is {code}.",
         "即将送到您的餐桌，取餐码 {code}。"),
    ),
    "order.shipped": _say(
        ("Order {number} is on its way", "订单 {number} 已发货"),
        ("{store} has sent your order.", "{store} 已发出您的订单。"),
        urgent=True,
    ),
    "shipment.updated/out_for_delivery": _say(
        ("Order {number} arrives today", "订单 {number} 正在派送"),
        ("The courier is on the way to you.", "快递员正在前往您的地址。"),
        outdated="status",
    ),
    "shipment.updated/delivery_failed": _say(
        ("Order {number} could not be delivered", "订单 {number} 派送失败"),
        (("The courier could not hand over your order{because}. We are looking into it and will "
         "tell you the next step."),
         "快递员未能送达您的订单{because}。我们正在处理，并会告知您下一步安排。"),
        urgent=True,
    ),
    "shipment.updated": _say(
        ("News about the delivery of order {number}", "订单 {number} 物流更新"),
        ("The carrier has updated the delivery.", "承运方更新了物流信息。"),
        mail=False,
    ),
    "order.delivered": _say(
        ("Order {number} was delivered", "订单 {number} 已送达"),
        ("Your order has arrived. If something is wrong, tell us on its page.",
         "您的订单已送达。如有问题，请在订单页面告诉我们。"),
    ),
    "order.completed": _say(
        ("Order {number} is complete", "订单 {number} 已完成"),
        ("Thank you for ordering at {store}.", "感谢您在 {store} 下单。"),
        receipt=True,
    ),
    "order.canceled": _say(
        ("Order {number} was canceled", "订单 {number} 已取消"),
        ("Your order was canceled{because}. What you paid comes back to you by itself.",
         "您的订单已取消{because}。已付款项将自动退回。"),
        urgent=True,
    ),
    "order.canceled/unpaid": _say(
        ("Order {number} was canceled", "订单 {number} 已取消"),
        ("Your order was canceled{because}. Nothing was charged.",
         "您的订单已取消{because}，未产生扣款。"),
    ),
    "order.rejected/unpaid": _say(
        ("Order {number} cannot be taken", "订单 {number} 无法接受"),
        ("We are sorry: your order cannot be taken{because}. Nothing was charged.",
         "很抱歉，您的订单无法接受{because}，未产生扣款。"),
        urgent=True,
    ),
    "order.rejected": _say(
        ("{store} cannot take order {number}", "{store} 无法接受订单 {number}"),
        (("We are sorry: the store declined your order{because}. What you paid comes back to you "
         "by itself."),
         "很抱歉，门店无法接受您的订单{because}。已付款项将自动退回。"),
        urgent=True,
    ),
    "order.changed": _say(
        ("Order {number} was changed", "订单 {number} 已修改"),
        ("Your order was changed. The total is now {total}.", "您的订单已修改，现合计 {total}。"),
        receipt=True,
        outdated="never",
    ),
    "order.promise_moved": _say(
        ("New time for order {number}", "订单 {number} 时间变更"),
        ("{store} now expects your order to be there at {promised}{because}.",
         "{store} 预计您的订单于 {promised} 送达或备好{because}。"),
        urgent=True,
    ),
    "order.repeat_refused": _say(
        ("Your second order beside {number} was not placed",
         "订单 {number} 之外的第二份订单未能下单"),
        (("It reached us as a repeat of order {number}, which stands as it is. If you want both, "
         "please order once more."),
         "它被识别为订单 {number} 的重复提交，订单 {number} 保持不变。如两份都需要，请重新下单。"),
        urgent=True,
        outdated="never",
    ),
    "payment.captured": _say(
        ("Payment received for order {number}", "订单 {number} 已收到付款"),
        ("We received {amount}.", "已收到 {amount}。"),
        mail=False,
        outdated="never",
    ),
    "payment.failed": _say(
        ("The payment for order {number} did not go through", "订单 {number} 付款未成功"),
        (("The payment of {amount} was not accepted{because}. Nothing was charged; you can pay "
         "again."),
         "{amount} 的付款未成功{because}。未产生扣款，您可以重新支付。"),
        outdated="paid",
    ),
    "payment.expired": _say(
        ("The payment for order {number} timed out", "订单 {number} 付款已超时"),
        ("The payment of {amount} was not finished in time. Nothing was charged.",
         "{amount} 的付款未在规定时间内完成，未产生扣款。"),
        outdated="paid",
    ),
    "payment.mismatched": _say(
        ("We are checking the payment for order {number}", "正在核对订单 {number} 的付款"),
        (("The amount that arrived ({amount}) differs from the order's total ({total}). We are "
         "looking into it and will come back to you."),
         "收到的金额（{amount}）与订单合计（{total}）不一致，我们正在核对并会尽快答复您。"),
        outdated="never",
    ),
    "refund.pending": _say(
        ("Refund started for order {number}", "订单 {number} 退款处理中"),
        ("We are sending {amount} back to you.", "我们正在向您退回 {amount}。"),
        mail=False,
        outdated="never",
    ),
    "refund.succeeded": _say(
        ("Refund for order {number}", "订单 {number} 已退款"),
        ("We have sent {amount} back to you. Banks take up to ten days to show it.",
         "已向您退回 {amount}，银行入账最多需要十天。"),
        urgent=True,
        outdated="never",
    ),
    "einvoice.issued": _say(
        ("E-invoice for order {number}", "订单 {number} 的数电发票已开具"),
        ("Your digital e-invoice {einvoice} was issued. It is on the order's page.",
         "您的数电发票 {einvoice} 已开具，可在订单页面查看和下载。"),
        outdated="never",
    ),
    "einvoice.issued/credit_note": _say(
        ("Red-letter e-invoice for order {number}", "订单 {number} 的红字数电发票已开具"),
        (("The red-letter e-invoice {einvoice} takes back what the one before had too much. It is "
          "on the order's page."),
         "红字数电发票 {einvoice} 已冲减之前的发票，可在订单页面查看和下载。"),
        outdated="never",
    ),
    "einvoice.issued/practice": _say(
        ("Practice e-invoice for order {number}", "订单 {number} 的演练数电发票"),
        ("{einvoice} is on the order's page. It is for practice and no tax document.",
         "{einvoice} 可在订单页面查看。仅供演练，不是税务凭证。"),
        outdated="never",
    ),
    "einvoice.rejected": _say(
        ("The e-invoice for order {number} is delayed", "订单 {number} 的数电发票延迟开具"),
        ("The tax platform has not issued it. The store is on it; you need not do anything.",
         "税务平台暂未开具。门店正在处理，您无需操作。"),
        outdated="never",
    ),
    "einvoice.rejected/buyer": _say(
        ("The e-invoice for order {number} needs other details",
         "订单 {number} 的数电发票需要更正信息"),
        (("The tax platform refused the title or the tax ID. Please correct them on the order's "
          "page; the e-invoice is then requested again by itself."),
         "税务平台未通过抬头或税号。请在订单页面更正，系统会自动重新申请。"),
        outdated="never",
    ),
    "refund.failed": _say(
        ("The refund for order {number} is delayed", "订单 {number} 退款延迟"),
        (("The refund of {amount} did not go through{because}. We are on it; you need not do "
         "anything."),
         "{amount} 的退款未成功{because}。我们正在处理，您无需操作。"),
        urgent=True,
        outdated="never",
    ),
}  # fmt: skip

# Reasons that the system itself gives; people's own words are passed on as they are.
REASONS: Mapping[str, Text] = {
    "expired": {"en": "it was not paid in time", "zh-CN": "未在规定时间内付款"},
    "payment_expired": {"en": "it was not paid in time", "zh-CN": "未在规定时间内付款"},
    "unpaid": {"en": "it was not paid in time", "zh-CN": "未在规定时间内付款"},
    "out_of_stock": {"en": "something is out of stock", "zh-CN": "商品缺货"},
    "price_changed": {"en": "the price has risen meanwhile", "zh-CN": "价格已上涨"},
    "store_closed": {"en": "the store was closed", "zh-CN": "门店已打烊"},
    "possible_duplicate": {
        "en": "the same order was placed a moment before",
        "zh-CN": "刚刚已下过相同的订单",
    },
    "invalid_input": {"en": "the store no longer offers it like this", "zh-CN": "门店已不再提供"},
    "store_not_found": {"en": "the store is no longer there", "zh-CN": "门店已不存在"},
    "declined": {"en": "the payment was declined", "zh-CN": "支付被拒绝"},
    "card_declined": {"en": "the card was declined", "zh-CN": "银行卡被拒绝"},
    "insufficient_funds": {"en": "the funds did not suffice", "zh-CN": "余额不足"},
    "expired_card": {"en": "the card has expired", "zh-CN": "银行卡已过期"},
    "duplicate": {"en": "it was placed twice", "zh-CN": "重复下单"},
    "delivery_late": {"en": "it was late", "zh-CN": "订单延误"},
}
