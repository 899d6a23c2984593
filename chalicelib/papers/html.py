"""An invoice as a page that stands by itself: to read on a screen and to print."""

import html
import io

from chalicelib.domain.text import LANGUAGES
from chalicelib.papers.base import Paper, Sheet
from chalicelib.papers.base_words import Row, words_of

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;color:#1c1b19;max-width:44rem;margin:2rem auto;"
    "padding:0 1rem}h1{font-size:1.6rem;margin:0 0 1rem}header,.parties{display:flex;gap:2rem;"
    "justify-content:space-between;flex-wrap:wrap}dl{display:grid;grid-template-columns:auto auto;"
    "gap:0 1rem;margin:0}dt{color:#5d5a55}dd{margin:0}.parties>div{flex:1 1 14rem}"
    ".parties p{margin:0}.parties p:first-child{color:#5d5a55}table{width:100%;"
    "border-collapse:collapse;margin:1.5rem 0}th,td{padding:.4rem .3rem;text-align:right;"
    "border-bottom:1px solid #ddd9d2;vertical-align:top}th:first-child,td:first-child{"
    "text-align:left}.sums{width:auto;min-width:18rem;margin-left:auto}.sums td{border:0;"
    "padding:.15rem .3rem}footer{display:flex;gap:1.5rem;align-items:center;margin-top:2rem;"
    "color:#5d5a55;font-size:.85rem}@media print{body{margin:0;max-width:none}}"
)


def render(sheet: Sheet) -> bytes:
    said = words_of(sheet)
    title = html.escape(f"{said.title} {sheet.invoice.number}")
    lines = "".join(_row("td", line) for line in said.lines)
    sums = "".join(_row("td", row) for row in said.sums)
    page = (
        f"<!doctype html><html lang='{sheet.language}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>{title}</title><style>{STYLE}</style></head><body>"
        f"<header><h1>{html.escape(said.title)}</h1>{_list(said.head)}</header>"
        f"<div class='parties'>{_party(said.seller)}{_party(said.buyer)}</div>"
        f"<table><thead>{_row('th', said.columns)}</thead><tbody>{lines}</tbody></table>"
        f"<table class='sums'><tbody>{sums}</tbody></table>"
        f"<footer>{_qr(sheet.check_url)}<p>{html.escape(said.check[0])}<br>"
        f"{html.escape(said.check[1])}<br>{html.escape(said.foot)}</p></footer></body></html>"
    )
    return page.encode()


def _row(tag: str, cells: tuple[str, ...]) -> str:
    scope = " scope='col'" if tag == "th" else ""
    return f"<tr>{''.join(f'<{tag}{scope}>{html.escape(c)}</{tag}>' for c in cells)}</tr>"


def _list(rows: tuple[Row, ...]) -> str:
    said = "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in rows)
    return f"<dl>{said}</dl>"


def _party(said: tuple[str, ...]) -> str:
    return f"<div>{''.join(f'<p>{html.escape(line)}</p>' for line in said)}</div>"


def _qr(text: str) -> str:
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=3, border=2, light="#fff", xmldecl=False, title=text
    )
    return out.getvalue().decode()


PAPER = Paper(
    content_type="text/html; charset=utf-8", suffix="html", languages=LANGUAGES, render=render
)
