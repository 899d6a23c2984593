"""What only the local stage shows: its mailbox, text messages, deliveries and payments.

Each list is a page for people, and JSON for those who ask for `application/json`.
"""

import html
from collections.abc import Awaitable, Callable
from dataclasses import asdict

import aiohttp
from aiohttp import web

from infra.local.entries import (
    Entry,
    Load,
    fetched,
    joined,
    merchant_deliveries,
    read_einvoices,
    read_mail,
    read_payments,
    read_pushes,
    read_texts,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto}
body{padding:0 1rem;color:#1c1917}
article{border:1px solid #d6d3d1;border-radius:.5rem;padding:1rem;margin:1rem 0}
article{overflow-wrap:anywhere}h1{font-size:1.4rem}h2{font-size:1.05rem;margin:0}
p{color:#57534e;margin:.2rem 0}pre{white-space:pre-wrap;font:inherit;margin:.5rem 0 0}
nav a{margin-right:1rem}
"""
LINKS = {
    "/_local/mail": "Mailbox",
    "/_local/sms": "Text messages",
    "/_local/push": "Devices",
    "/_local/deliveries": "Merchant deliveries",
    "/_local/payments": "Practice payments",
    "/_local/e-invoices": "Practice e-invoices",
    "/ops": "Console",
    "/": "Shop",
}
COMPANY_SECONDS = 10
PASSED_ON = ("Content-Type", "Location", "Content-Security-Policy", "Access-Control-Allow-Origin")


def local_routes(
    aws_endpoint: str,
    companies: dict[str, str],
    platforms: dict[str, str],
    push_service: str,
    url: str,
) -> list[web.RouteDef]:
    """`companies` are the practice payment companies with their addresses, `platforms` those that
    issue e-invoices.
    """
    mail = f"{aws_endpoint}/_ministack/ses/messages"
    texts = f"{aws_endpoint}/_ministack/sns/sms-messages"
    lists = {
        "mail": fetched(mail, read_mail),
        "sms": fetched(texts, read_texts),
        "push": fetched(f"{push_service}/messages", read_pushes),
        "deliveries": merchant_deliveries(url),
        "payments": joined(
            fetched(f"{at}/payments", read_payments(name)) for name, at in companies.items()
        ),
        "e-invoices": joined(
            fetched(f"{at}/requests", read_einvoices) for at in platforms.values()
        ),
    }
    return [
        web.get("/_local", index),
        web.get("/_local/", index),
        *(
            web.get(f"/_local/{name}", listing(LINKS[f"/_local/{name}"], load))
            for name, load in lists.items()
        ),
        *(
            web.route("*", f"/_local/{name}/{{path:.*}}", payment_proxy(at))
            for name, at in {**companies, **platforms, "push": push_service}.items()
        ),
    ]


async def index(_: web.Request) -> web.Response:
    links = "".join(f'<li><a href="{path}">{name}</a></li>' for path, name in LINKS.items())
    return page("The local stage", f"<ul>{links}</ul>")


def listing(title: str, load: Load) -> Handler:
    """A page over one list, the newest first; `?to=` keeps one addressee."""

    async def show(request: web.Request) -> web.Response:
        wanted = request.query.get("to")
        entries = [entry for entry in await load() if wanted in (None, entry.to)]
        entries.sort(key=lambda entry: entry.at, reverse=True)
        if "application/json" in request.headers.get("Accept", ""):
            return web.json_response({"items": [asdict(entry) for entry in entries]})
        return page(title, "".join(map(article, entries)) or "<p>Nothing yet.</p>")

    return show


def payment_proxy(company: str) -> Handler:
    """A company's payment pages under our own address, which stays when its port changes."""

    async def pass_on(request: web.Request) -> web.Response:
        target = f"{company}/{request.match_info['path']}"
        timeout = aiohttp.ClientTimeout(total=COMPANY_SECONDS)
        kept = ("Accept", "Accept-Language", "Content-Type")
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.request(
                request.method,
                target,
                params=request.query,
                data=await request.read(),
                headers={name: request.headers[name] for name in kept if name in request.headers},
                allow_redirects=False,
            ) as answer,
        ):
            headers = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
            return web.Response(status=answer.status, body=await answer.read(), headers=headers)

    return pass_on


def article(entry: Entry) -> str:
    title, text = html.escape(entry.title), html.escape(entry.text)
    link = f'<p><a href="{html.escape(entry.link)}">Open</a></p>' if entry.link else ""
    about = f"{html.escape(entry.to)} · {html.escape(entry.at)}"
    return f"<article><h2>{title}</h2><p>{about}</p><pre>{text}</pre>{link}</article>"


def page(title: str, body: str) -> web.Response:
    links = "".join(f'<a href="{path}">{name}</a>' for path, name in LINKS.items())
    text = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title} · Docket, local</title>"
        f'<meta name=viewport content="width=device-width"><style>{STYLE}</style>'
        f"<nav>{links}</nav><h1>{title}</h1>{body}</html>"
    )
    return web.Response(text=text, content_type="text/html")
