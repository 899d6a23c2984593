"""The mail that brings an invoice once more."""

from chalicelib.domain.einvoices import EInvoice
from chalicelib.domain.invoices import Invoice
from chalicelib.domain.text import localized

_KINDS = {
    "en": {"invoice": "Invoice", "credit_note": "Credit note"},
    "zh-CN": {"invoice": "账单发票", "credit_note": "红字账单发票"},
}
_TEXTS = {
    "en": (
        "{kind} {number} of {seller} for order {order}: {total}.\n\n"
        "Read it, print it or download it as PDF or XML on the order's page:\n{link}\n\n"
        "Anybody who has the paper can check that it is genuine:\n{check}\n"
    ),
    "zh-CN": (
        "{seller} 订单 {order} 的{kind} {number}，金额 {total}。\n\n"
        "可在订单页面查看、打印，或下载 PDF、XML：\n{link}\n\n"
        "持有该单据的任何人都可以查验真伪：\n{check}\n"
    ),
}


_EINVOICES = {
    "en": "\nIts digital e-invoice has the number {number}{note}.\n{link}\n",
    "zh-CN": "\n对应的数电发票号码为 {number}{note}。\n{link}\n",
}
_NOT_GENUINE = {"en": " (for practice: no tax document)", "zh-CN": "（演练样张，不是发票）"}


def mail_of(
    invoice: Invoice,
    language: str,
    link: str,
    check_url: str,
    einvoice: EInvoice | None = None,
) -> tuple[str, str]:
    """Subject and text in the order's language."""
    kind = _KINDS[language][invoice.kind]
    seller = localized(invoice.seller.name, language)
    text = _TEXTS[language].format(
        kind=kind, number=invoice.number, seller=seller, order=invoice.order_number,
        total=f"{invoice.totals.total.decimal()} {invoice.currency}", link=link, check=check_url,
    )  # fmt: skip
    if einvoice is not None and einvoice.state == "issued":
        note = "" if einvoice.genuine else _NOT_GENUINE[language]
        said = {"number": einvoice.number, "note": note, "link": einvoice.link or link}
        text += _EINVOICES[language].format(**said)
    return f"{kind} {invoice.number}", text
