"""A practice company's payment page: what a buyer sees, in Chinese and in English."""

from html import escape
from string import Template

from infra.local.counterparts.base_bank import OUTCOMES, PAYABLE
from infra.local.counterparts.base_ledger import Document

_EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "JOD": 3, "KWD": 3,
              "OMR": 3, "TND": 3}  # fmt: skip

_TEXTS = {
    "en": {
        "note": "A practice payment company. No money moves.",
        "order": "Order",
        "back": "Back to the shop",
        "other": "中文",
        "open": "Choose what happens:",
        "declined": "The payment was declined. You can try again:",
        "approved": "Approved. The shop is about to take the money.",
        "captured": "Paid. Thank you.",
        "closed": "This payment was closed and can no longer be paid.",
        "succeeded": "Pay",
        "failed": "Decline the card",
        "more": "Rehearse a fault",
        "webhook_lost": "Pay, but lose the message to the shop",
        "wrong_amount": "Pay one cent too little",
        "duplicated": "Pay, and tell the shop three times",
        "out_of_order": "Pay, and tell the shop in the wrong order",
        "delayed": "Pay, and tell the shop 10 seconds later",
        "badly_signed": "Pay, and sign the message to the shop wrongly",
    },
    "zh-CN": {
        "note": "演练用的支付公司，不会真正扣款。",
        "order": "订单",
        "back": "返回商店",
        "other": "English",
        "open": "请选择结果：",
        "declined": "支付被拒绝，可以重试：",
        "approved": "已授权，商店即将扣款。",
        "captured": "已支付，谢谢。",
        "closed": "此笔支付已关闭，不能再支付。",
        "succeeded": "支付",
        "failed": "拒绝支付",
        "more": "演练故障",
        "webhook_lost": "支付，但丢失给商店的通知",
        "wrong_amount": "少付一分钱",
        "duplicated": "支付，并重复通知三次",
        "out_of_order": "支付，但通知顺序颠倒",
        "delayed": "支付，10 秒后再通知商店",
        "badly_signed": "支付，但通知的签名有误",
    },
}

_PAGE = Template("""<!doctype html>
<html lang="$language"><head><meta charset="utf-8"><title>$title</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 24rem; margin: 0 auto; padding: 1.5rem 1rem; }
nav { text-align: right; }
h1 { font-size: 1.25rem; margin: .5rem 0; }
.amount { font-size: 2.25rem; font-weight: 600; margin: .5rem 0 0; }
p { margin: .25rem 0 1rem; }
button { display: block; width: 100%; min-height: 3rem; margin: .5rem 0; padding: .5rem 1rem;
  font: inherit; border: 1px solid currentColor; border-radius: .5rem; background: none;
  color: inherit; cursor: pointer; }
button.main { background: #14532d; border-color: #14532d; color: #fff; font-weight: 600; }
:focus-visible { outline: 3px solid #2563eb; outline-offset: 2px; }
summary { min-height: 2.75rem; padding-top: .75rem; cursor: pointer; }
</style></head>
<body><nav><a href="?lang=$other_language" lang="$other_language">$other</a></nav>
<main><h1>$title</h1><p>$note</p>
<p class="amount">$amount</p><p>$order $number</p>
<p role="status"><strong>$status</strong></p>
$form$back</main></body></html>
""")


def render(payment: Document, language: str, title: str) -> str:
    texts = _TEXTS[language]
    other_language = "en" if language == "zh-CN" else "zh-CN"
    return _PAGE.substitute(
        {name: texts[name] for name in ("note", "order", "other")},
        title=escape(title),
        language=language,
        other_language=other_language,
        amount=escape(amount(payment)),
        number=escape(str(payment.get("order_number", ""))),
        status=texts[payment["status"]],
        form=_form(texts) if payment["status"] in PAYABLE else "",
        back=_back(texts, payment),
    )


def language_of(asked: str | None, payment: Document) -> str:
    """The link's choice, else the shop's."""
    wanted = asked or str(payment.get("language", ""))
    return "zh-CN" if wanted.startswith("zh") else "en"


def outcome_texts() -> dict[str, dict[str, str]]:
    """What can be rehearsed, in each language's words."""
    return {
        language: {"more": texts["more"]} | {name: texts[name] for name in OUTCOMES}
        for language, texts in _TEXTS.items()
    }


def amount(payment: Document) -> str:
    currency = payment.get("currency") or ""
    exponent = _EXPONENTS.get(currency, 2)
    digits = str(payment.get("amount_minor", 0)).rjust(exponent + 1, "0")
    decimal = f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits
    return f"{currency} {decimal}"


def _form(texts: dict[str, str]) -> str:
    faults = [name for name in OUTCOMES if name not in {"succeeded", "failed"}]
    return (
        '<form method="post">'
        + _button("succeeded", texts, " class=main")
        + _button("failed", texts)
        + f"<details><summary>{texts['more']}</summary>"
        + "".join(_button(outcome, texts) for outcome in faults)
        + "</details></form>"
    )


def _button(outcome: str, texts: dict[str, str], extra: str = "") -> str:
    return f'<button name="outcome" value="{outcome}"{extra}>{texts[outcome]}</button>'


def _back(texts: dict[str, str], payment: Document) -> str:
    url = payment.get("return_url")
    return f'<p><a href="{escape(url)}">{texts["back"]}</a></p>' if url else ""
