"""The pages: the shells of shop, console, status and documentation, and their static files.

Every address is relative, since a stage's path may precede it. Chalice has no greedy routes, hence
one flat `/web/{name}`; the service worker has a root route, for its scope must cover the shop.
"""

import io
import json
from functools import cache
from string import Template
from typing import NamedTuple
from urllib.parse import urlsplit

from chalice import Blueprint, Response

from chalicelib.domain.errors import Unavailable
from chalicelib.services import secrets
from chalicelib.web import assets

routes = Blueprint(__name__)

YEAR = "public, max-age=31536000, immutable"
QR_TEXT_MAX = 1024


class Hosts(NamedTuple):
    """Where a company's own fields come from: their script, what it calls, what it frames."""

    scripts: str
    calls: str
    frames: str
    wallets: str  # the origin that asks the device's wallet


# What Stripe.js is, calls and frames; nothing of it is ours to keep or serve.
STRIPE = Hosts(
    "https://js.stripe.com https://*.js.stripe.com",
    "https://api.stripe.com",
    "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
    "https://js.stripe.com",
)
PAGES = {
    "shop": {"title": "Docket", "entry": "shop.js", "style": "shop.css"},
    "ops": {"title": "Docket console", "entry": "ops.js", "style": "ops.css"},
    "status": {"title": "Docket status", "entry": "status.js", "style": "docs.css"},
    "docs": {"title": "Docket API", "entry": "docs.js", "style": "docs.css"},
}
Headers = dict[str, str | list[str]]

SAFETY: Headers = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}


@cache
def shell(page: str, root: str) -> str:
    """A page's HTML: head, import map and an empty body which its entry module fills."""
    template = Template((assets.HERE / "shell.html").read_text(encoding="utf-8"))
    about = PAGES[page]
    return template.substitute(
        title=about["title"],
        page=page,
        root=root,
        icon=root + assets.url_of("icon.svg"),
        base_style=root + assets.url_of("app.css"),
        page_style=root + assets.url_of(about["style"]),
        entry=root + assets.url_of(about["entry"]),
        import_map=assets.import_map(root),
    )


def policy(root: str, card_fields: Hosts | None = None) -> str:
    """Nothing but our own files may run; the import map is the one inline script.

    With `card_fields`, those of their company too: Stripe's hosts are those of its security guide.
    """
    scripts, calls, frames, _ = card_fields or Hosts("", "", "", "")
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {assets.import_map_hash(root)} {scripts}".rstrip(),
            "style-src 'self'",
            "img-src 'self' data: https:",
            f"connect-src 'self' {calls}".rstrip(),
            *([f"frame-src {frames}"] if frames else []),
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def answer(
    text: str, content_type: str, *, caching: str = "no-cache", csp: str | None = None
) -> Response:
    """A text with its validator, or 304 to a client that has it already."""
    etag = f'"{assets.digest_of(text)}"'
    headers: Headers = {
        "Content-Type": content_type,
        "ETag": etag,
        "Cache-Control": caching,
        **SAFETY,
    }
    if csp:
        headers["Content-Security-Policy"] = csp
    if etag in routes.current_request.headers.get("if-none-match", ""):
        return Response(body="", status_code=304, headers=headers)
    return Response(body=text, headers=headers)


def page(name: str, root: str = "./", card_fields: Hosts | None = None) -> Response:
    csp = policy(root, card_fields)
    shown = answer(shell(name, root), "text/html; charset=utf-8", csp=csp)
    if card_fields and card_fields.wallets:  # which ask through a frame of the company's
        asking = "camera=(self), geolocation=(), microphone=(), "
        shown.headers["Permissions-Policy"] = f'{asking}payment=(self "{card_fields.wallets}")'
    return shown


def shop_page(root: str = "./") -> Response:
    """With Stripe's card fields only where the stage can use them."""
    try:
        card_fields = card_field_hosts()
    except Unavailable:  # the shop opens all the same
        card_fields = None
    return page("shop", root, card_fields)


def card_field_hosts() -> Hosts | None:
    """Stripe's, or those of the company that stands in for it where a stage practices."""
    if secrets.publishable_key("stripe") is None:
        return None
    script = secrets.fields_script("stripe")
    if script is None:
        return STRIPE
    parts = urlsplit(script)
    origin = f"{parts.scheme}://{parts.netloc}"
    return Hosts(origin, origin, "", "")


@routes.route("/", methods=["GET"])
def shop() -> Response:
    return shop_page()


@routes.route("/t/{store_id}/{table}", methods=["GET"])
def shop_at_table(store_id: str, table: str) -> Response:
    """What a table's QR code opens; the shop reads store and table from the address."""
    del store_id, table
    return shop_page("../../")


@routes.route("/ops", methods=["GET"])
def console() -> Response:
    return page("ops")


@routes.route("/status", methods=["GET"])
def status() -> Response:
    return page("status")


@routes.route("/docs", methods=["GET"])
def docs() -> Response:
    return page("docs")


@routes.route("/sw.js", methods=["GET"])
def service_worker() -> Response:
    """The worker with the list of files to keep, which makes each release a new worker."""
    files = [assets.url_of(name) for name in assets.names() if name != "sw.js"]
    asset = assets.find_asset("sw.js")
    settings = json.dumps({"release": assets.release(), "files": files})
    text = f"self.DOCKET = {settings};\n{asset.text if asset else ''}"
    return answer(text, assets.CONTENT_TYPES[".js"])


@routes.route("/manifest.webmanifest", methods=["GET"])
def manifest() -> Response:
    icon = {"src": assets.url_of("icon.svg"), "sizes": "any", "type": "image/svg+xml"}
    body = {
        "name": "Docket",
        "short_name": "Docket",
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": "#f7f5f1",
        "theme_color": "#f7f5f1",
        "icons": [icon | {"purpose": "any"}, icon | {"purpose": "maskable"}],
    }
    return answer(json.dumps(body), "application/manifest+json")


@routes.route("/web/{name}", methods=["GET"])
def static_file(name: str) -> Response:
    """A file, for a year under the address that carries its version and to be asked for else."""
    asset = assets.find_asset(name)
    if asset is None:
        problem = {"type": "about:blank", "title": "Not found", "status": 404, "code": "not_found"}
        headers: Headers = {"Content-Type": "application/problem+json", **SAFETY}
        return Response(body=json.dumps(problem), status_code=404, headers=headers)
    caching = YEAR if asked("v") == asset.version else "no-cache"
    return answer(asset.text, asset.content_type, caching=caching)


def asked(name: str) -> str:
    """A parameter of the query, empty if absent."""
    given = routes.current_request.query_params
    return given.get(name, "") if given else ""


@routes.route("/qr", methods=["GET"])
def qr_code() -> Response:
    """A QR code as SVG, for payments that are scanned and for tables' addresses."""
    import segno

    text = asked("text")[:QR_TEXT_MAX]
    out = io.BytesIO()
    segno.make(text or " ", error="m", micro=False).save(
        out, kind="svg", scale=8, border=2, light="#fff", xmldecl=False
    )
    return answer(out.getvalue().decode(), CONTENT_SVG, caching="private, max-age=600")


CONTENT_SVG = assets.CONTENT_TYPES[".svg"]
