"""The page that tells a holder of the paper that it is genuine, and what it must say."""

import html

from chalicelib.domain.invoices import Invoice
from chalicelib.domain.text import localized
from chalicelib.papers.base_words import local_day, word
from chalicelib.papers.html import STYLE

_GENUINE = {"en": "This document is genuine", "zh-CN": "本单据真实有效"}
_COMPARE = {
    "en": "Compare these figures with those on the paper.",
    "zh-CN": "请与纸面内容核对以下信息。",
}


def genuine(invoice: Invoice, language: str) -> str:
    rows = (
        (word("number", language), invoice.number),
        (word("issued", language), f"{local_day(invoice):%Y-%m-%d}"),
        (word("seller", language), localized(invoice.seller.name, language)),
        (word("total", language), f"{invoice.totals.total.decimal()} {invoice.currency}"),
        (word("tax", language), invoice.totals.tax.decimal()),
    )
    listed = "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in rows)
    title = html.escape(_GENUINE[language])
    return (
        f"<!doctype html><html lang='{language}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>{title}</title><style>{STYLE}</style></head><body><h1>✓ {title}</h1>"
        f"<p>{html.escape(word(invoice.kind, language))}. {html.escape(_COMPARE[language])}</p>"
        f"<dl style='justify-content:start'>{listed}</dl></body></html>"
    )
