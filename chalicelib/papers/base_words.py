"""The words and figures on an invoice for people, the same on paper and on screen."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.invoices import Invoice
from chalicelib.domain.money import Money
from chalicelib.domain.text import localized
from chalicelib.papers.base import Sheet

Row = tuple[str, str]

WORDS = {
    "invoice": ("Invoice", "账单发票"),
    "credit_note": ("Credit note", "红字账单发票"),
    "number": ("Number", "编号"),
    "issued": ("Date of issue", "开具日期"),
    "order": ("Order", "订单"),
    "corrects": ("Corrects invoice", "对应的原发票"),
    "reason": ("Reason", "原因"),
    "refund": ("Money was given back", "已退款"),
    "order_changed": ("The order was changed", "订单已修改"),
    "paid_again": ("Money that was given back came again", "退回的款项重新收到"),
    "details_changed": ("Other invoice details were asked for", "开票信息已变更"),
    "seller": ("Seller", "销售方"),
    "buyer": ("Buyer", "购买方"),
    "private": ("Private customer", "个人"),
    "tax_id": ("Tax ID", "纳税人识别号"),
    "item": ("Item", "项目"),
    "quantity": ("Quantity", "数量"),
    "price": ("Price", "单价"),
    "amount": ("Amount", "金额"),
    "subtotal": ("Subtotal", "小计"),
    "discount": ("Discount", "优惠"),
    "delivery": ("Delivery", "配送费"),
    "net": ("Net", "不含税金额"),
    "tax": ("Tax", "税额"),
    "tax_contained": ("Tax contained", "其中税额"),
    "total": ("Total", "合计"),
    "check": ("Scan to check this document", "扫码查验"),
    "code": ("Check code", "校验码"),
    "paper": (
        "Issued by the store's ordering system. In mainland China it is no tax invoice (fapiao).",
        "本账单由门店点单系统开具，在中国大陆不能代替税务发票。",
    ),
}


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a sheet says, ready to be laid out."""

    title: str
    head: tuple[Row, ...]
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    columns: tuple[str, str, str, str]
    lines: tuple[tuple[str, str, str, str], ...]
    sums: tuple[Row, ...]
    check: tuple[str, str]
    foot: str


def word(key: str, language: str) -> str:
    english, chinese = WORDS[key]
    return chinese if language == "zh-CN" else english


def words_of(sheet: Sheet) -> Words:
    invoice, language = sheet.invoice, sheet.language
    return Words(
        title=word(invoice.kind, language),
        head=_head(invoice, language),
        seller=_seller(invoice, language),
        buyer=_buyer(invoice, language),
        columns=(
            word("item", language), word("quantity", language),
            word("price", language), word("amount", language),
        ),
        lines=tuple(
            (
                localized(line.name, language), str(line.quantity),
                _figure(line.unit_price_minor, invoice), _figure(line.total_minor, invoice),
            )
            for line in invoice.lines
        ),
        sums=_sums(invoice, language),
        check=(word("check", language), f"{word('code', language)} {invoice.check_code}"),
        foot=word("paper", language),
    )  # fmt: skip


def local_day(invoice: Invoice) -> datetime:
    """The day of issue where the store is."""
    return invoice.issued_at.astimezone(ZoneInfo(invoice.time_zone))


def percent(basis_points: int) -> str:
    return f"{basis_points / 100:.2f}".rstrip("0").rstrip(".")


def _head(invoice: Invoice, language: str) -> tuple[Row, ...]:
    rows = [
        (word("number", language), invoice.number),
        (word("issued", language), f"{local_day(invoice):%Y-%m-%d}"),
        (word("order", language), invoice.order_number),
    ]
    if invoice.corrects_number:
        rows.append((word("corrects", language), invoice.corrects_number))
    if invoice.reason:
        rows.append((word("reason", language), word(invoice.reason, language)))
    return tuple(rows)


def _seller(invoice: Invoice, language: str) -> tuple[str, ...]:
    seller = invoice.seller
    said = [word("seller", language), localized(seller.name, language)]
    said += [localized(seller.address, language)] if seller.address else []
    said += [f"{word('tax_id', language)} {seller.tax_id}"] if seller.tax_id else []
    return tuple(said)


def _buyer(invoice: Invoice, language: str) -> tuple[str, ...]:
    buyer = invoice.buyer
    said = [word("buyer", language), buyer.title or word("private", language)]
    said += [f"{word('tax_id', language)} {buyer.tax_id}"] if buyer.tax_id else []
    return tuple(said)


def _sums(invoice: Invoice, language: str) -> tuple[Row, ...]:
    totals = invoice.totals
    rows = [(word("subtotal", language), totals.subtotal.decimal())]
    if totals.discount.amount_minor:
        rows.append((word("discount", language), f"-{totals.discount.decimal()}"))
    if totals.delivery_fee.amount_minor:
        rows.append((word("delivery", language), totals.delivery_fee.decimal()))
    rate = f" ({percent(invoice.tax_basis_points)}%)"
    tax = (word("tax", language) + rate, totals.tax.decimal())
    total = (word("total", language), f"{totals.total.decimal()} {invoice.currency}")
    if not invoice.tax_inclusive:
        return (*rows, tax, total)
    net = (word("net", language), (totals.total - totals.tax).decimal())
    return (*rows, total, net, (word("tax_contained", language) + rate, tax[1]))


def _figure(amount_minor: int, invoice: Invoice) -> str:
    return Money(amount_minor, invoice.currency).decimal()
