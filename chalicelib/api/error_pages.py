"""The page that a problem document's `type` leads to: every error code in plain words."""

from html import escape

from chalice.app import Blueprint, Response

from chalicelib.api.problems import TITLES
from chalicelib.domain.text import LANGUAGES

routes = Blueprint(__name__)
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


@routes.route("/docs/errors", methods=["GET"])
def read_errors() -> Response:
    rows = "".join(
        f'<tr id="{code}"><th scope="row"><code>{code}</code></th>'
        + "".join(f'<td lang="{tag}">{escape(texts[tag])}</td>' for tag in LANGUAGES)
        + "</tr>"
        for code, texts in sorted(TITLES.items())
    )
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Errors · Docket</title>'
        '<meta name="viewport" content="width=device-width"><h1>Errors</h1>'
        "<p>Every answer that is not a success is an RFC 9457 problem document; its "
        "<code>code</code> is one of these and never changes.</p><table>"
        '<tr><th scope="col">code</th><th scope="col">English</th><th scope="col">中文</th></tr>'
        f"{rows}</table></html>"
    )
    return Response(body=page, headers=dict(_HEADERS), status_code=200)
