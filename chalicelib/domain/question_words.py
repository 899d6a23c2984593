"""What a question says, and what its choices are called, in the languages Docket speaks."""

from collections.abc import Mapping

from chalicelib.domain.orders import LineItem
from chalicelib.domain.questions import QuestionChoice
from chalicelib.domain.text import Text, localized

LABELS: Mapping[QuestionChoice, Text] = {
    "take_substitute": {"en": "Take it instead", "zh-CN": "换成该商品"},
    "go_without": {"en": "Leave it out and refund it", "zh-CN": "不要这件并退款"},
    "accept_time": {"en": "The new time is fine", "zh-CN": "接受新的时间"},
    "pick_up": {"en": "Pick it up instead", "zh-CN": "改为到店自取"},
    "keep": {"en": "Yes, I want both", "zh-CN": "是的，两单都要"},
    "cancel": {"en": "Cancel this order", "zh-CN": "取消此订单"},
}


def out_of_stock(line: LineItem, instead: LineItem | None) -> Text:
    en, zh = (localized(line.name, language) for language in ("en", "zh-CN"))
    if instead is None:
        return {
            "en": f"We are sorry: {en} is out of stock. What shall we do?",
            "zh-CN": f"很抱歉，{zh} 已缺货。您希望如何处理？",
        }
    other_en, other_zh = (localized(instead.name, language) for language in ("en", "zh-CN"))
    price = f"{instead.unit_price.decimal()} {instead.unit_price.currency}"
    return {
        "en": f"We are sorry: {en} is out of stock. We can give you {instead.quantity} × "
        f"{other_en} at {price} each instead. What shall we do?",
        "zh-CN": f"很抱歉，{zh} 已缺货。可换成 {instead.quantity} 份 {other_zh}（每份 {price}）。"
        "您希望如何处理？",
    }


def later(local_time: str) -> Text:
    return {
        "en": f"We are sorry: your order is late. We now expect it at {local_time}. "
        "Is that all right?",
        "zh-CN": f"很抱歉，您的订单有延误，预计 {local_time} 完成。这样可以吗？",
    }


def meant_twice(first_number: str) -> Text:
    return {
        "en": f"You ordered the same a moment earlier ({first_number}). Do you want both?",
        "zh-CN": f"您刚刚下过相同的订单（{first_number}）。两单都需要吗？",
    }
