"""The practice tax platform's paper: one page of PDF that says what it is not.

Written by hand, since the local stage draws nothing else: two fonts that every reader brings.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

_WARNING = (
    "演练样张，不是发票，不得用于报销、入账或抵扣",
    "FOR PRACTICE ONLY. THIS IS NO TAX DOCUMENT.",
)
_TITLES = {
    "invoice": "数电发票演练样张 Practice e-invoice",
    "credit_note": "红字数电发票演练样张 Practice red-letter e-invoice",
}
_LEFT, _TOP, _LINES_MAX = 50, 790, 38
_FONTS = (
    (
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H"
        " /DescendantFonts [5 0 R] >>"
    ),
    (
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 6 0 R"
        " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /DW 1000"
        " /W [1 95 500] >>"
    ),
    (
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]"
        " /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"
    ),
)

Line = tuple[float, str]  # size in points, text


def draw(number: str, wish: dict[str, Any]) -> bytes:
    return _pdf(list(_lines(number, wish)))


def _lines(number: str, wish: dict[str, Any]) -> Iterator[Line]:
    currency = wish["total"]["currency"]
    yield from ((15, text) for text in _WARNING)
    yield 13, _TITLES[wish["kind"]]
    yield 10, f"号码 Number: {number}    日期 Date: {wish['day']}"
    yield 10, f"账单 Document: {wish['document_number']}    订单 Order: {wish['order_number']}"
    if wish.get("corrects_number"):
        yield 10, f"对应蓝字号码 Corrects: {wish['corrects_number']}"
    yield from _parties(wish)
    yield 10, "项目 Item / 数量 Qty / 金额 Net / 税额 Tax"
    for line in wish["lines"][:_LINES_MAX]:
        amounts = f"{_figure(line['net_minor'])} / {_figure(line['tax_minor'])}"
        yield 10, f"{line['name']} / {line['quantity']} / {amounts}"
    net, tax, total = (_figure(wish[name]["amount_minor"]) for name in ("net", "tax", "total"))
    yield 11, f"金额 Net {net}    税额 Tax {tax}    价税合计 Total {total} {currency}"
    yield from ((11, text) for text in _WARNING)


def _parties(wish: dict[str, Any]) -> Iterator[Line]:
    seller, buyer = wish["seller"], wish["buyer"]
    name = seller["name"].get("zh-CN") or next(iter(seller["name"].values()))
    yield 10, f"销售方 Seller: {name}    {seller.get('tax_id') or ''}"
    yield 10, f"购买方 Buyer: {buyer.get('title') or '个人 Private'}    {buyer.get('tax_id') or ''}"


def _figure(minor: int) -> str:
    return f"{Decimal(minor) / 100:.2f}"


def _pdf(lines: Sequence[Line]) -> bytes:
    content = _content(lines)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 7 0 R"
            " /Resources << /Font << /F1 4 0 R >> >> >>"
        ),
        *_FONTS,
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
    ]
    out, places = b"%PDF-1.4\n", []
    for place, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{place} 0 obj\n{body}\nendobj\n".encode("ascii")
    table = "".join(f"{at:010d} 00000 n \n" for at in places)
    size = len(objects) + 1
    tail = f"xref\n0 {size}\n0000000000 65535 f \n{table}"
    tail += f"trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + tail.encode("ascii")


def _content(lines: Sequence[Line]) -> str:
    """Each line as UTF-16 in hexadecimal: no text can end the string that it stands in."""
    shown, height = [], float(_TOP)
    for size, text in lines:
        height -= size * 1.6
        code = "".join(c if ord(c) < 0x10000 else "?" for c in text).encode("utf-16-be").hex()
        shown.append(f"BT /F1 {size:g} Tf {_LEFT} {height:g} Td <{code}> Tj ET")
    return "\n".join(shown)
