"""An invoice as PDF. Chinese is set in a font that every reader brings: no font file travels."""

import html
import io
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from chalicelib.domain.text import LANGUAGES
from chalicelib.papers.base import Paper, Sheet
from chalicelib.papers.base_words import Words, words_of

LATIN, LATIN_BOLD, CHINESE = "Helvetica", "Helvetica-Bold", "STSong-Light"
QR_POINTS = 78
_NOT_LATIN = re.compile(r"[^\x00-\xff]+")


def render(sheet: Sheet) -> bytes:
    """The same document gives the same bytes: no clock and no random id in the file."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import SimpleDocTemplate

    if CHINESE not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    said = words_of(sheet)
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, invariant=1, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=18 * mm,
        bottomMargin=16 * mm, lang=sheet.language, title=f"{said.title} {sheet.invoice.number}",
        author=sheet.invoice.seller.name.get(sheet.language, ""),
    )  # fmt: skip
    document.build(_story(said, sheet.check_url, document.width))
    return out.getvalue()


def _story(said: Words, check_url: str, width: float) -> list[Any]:
    from reportlab.platypus import Spacer

    return [
        _columns(((_text(said.title, size=20, bold=True), _head(said)),), (0.5, 0.5), width),
        Spacer(1, 16),
        _columns(((_party(said.seller), _party(said.buyer)),), (0.5, 0.5), width),
        Spacer(1, 16),
        _items(said, width),
        Spacer(1, 8),
        _sums(said, width),
        Spacer(1, 24),
        _foot(said, check_url, width),
    ]


def _text(text: str, *, size: float = 9.5, bold: bool = False, align: int = 0) -> Any:
    """A paragraph whose Chinese parts are set in the Chinese font."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        "text", fontName=LATIN_BOLD if bold else LATIN, fontSize=size, leading=size * 1.4,
        alignment=align, wordWrap="CJK" if _NOT_LATIN.search(text) else None,
    )  # fmt: skip
    marked = _NOT_LATIN.sub(rf'<font name="{CHINESE}">\g<0></font>', html.escape(text))
    return Paragraph(marked, style)


def _columns(rows: Any, shares: tuple[float, ...], width: float, *style: Any) -> Any:
    from reportlab.platypus import Table

    plain = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0)]
    widths = [share * width for share in shares]
    return Table(list(rows), colWidths=widths, style=[*plain, *style], repeatRows=0)


def _head(said: Words) -> list[Any]:
    return [_text(f"{name}: {value}", align=2) for name, value in said.head]


def _party(lines: tuple[str, ...]) -> list[Any]:
    name, *rest = lines
    return [_text(name, size=8), *(_text(line) for line in rest)]


def _items(said: Words, width: float) -> Any:
    from reportlab.platypus import Table

    rows = [[_text(c, size=8, align=2 * bool(i)) for i, c in enumerate(said.columns)]]
    rows += [[_text(c, align=2 * bool(i)) for i, c in enumerate(line)] for line in said.lines]
    style = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#ccc8c0"), ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (0, -1), 0), ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
    ]  # fmt: skip
    widths = [share * width for share in (0.52, 0.12, 0.18, 0.18)]
    return Table(rows, colWidths=widths, style=style, repeatRows=1)


def _sums(said: Words, width: float) -> Any:
    rows = [("", _text(name, align=2), _text(value, align=2)) for name, value in said.sums]
    tight = (("TOPPADDING", (0, 0), (-1, -1), 1), ("RIGHTPADDING", (-1, 0), (-1, -1), 0))
    return _columns(rows, (0.45, 0.3, 0.25), width, *tight)


def _foot(said: Words, check_url: str, width: float) -> Any:
    words = [_text(line, size=8) for line in (*said.check, said.foot)]
    return _columns(((_qr(check_url), words),), (0.2, 0.8), width)


def _qr(text: str) -> Any:
    """One outline of all dark modules: sharp at any size, and quickly drawn."""
    import segno
    from reportlab.graphics.shapes import Drawing, Path

    matrix = segno.make(text, error="m", micro=False).matrix
    size = QR_POINTS / len(matrix)
    outline = Path(strokeColor=None, fillColor="black")
    for number, row in enumerate(matrix, 1):
        bottom = QR_POINTS - number * size
        for start, end in _runs(row):
            outline.moveTo(start * size, bottom)
            outline.lineTo(end * size, bottom)
            outline.lineTo(end * size, bottom + size)
            outline.lineTo(start * size, bottom + size)
            outline.closePath()
    drawing = Drawing(QR_POINTS, QR_POINTS)
    drawing.add(outline)
    return drawing


def _runs(row: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where dark modules begin and end, side by side."""
    at = 0
    for dark, modules in groupby(row):
        end = at + len(tuple(modules))
        if dark:
            yield at, end
        at = end


PAPER = Paper(content_type="application/pdf", suffix="pdf", languages=LANGUAGES, render=render)
