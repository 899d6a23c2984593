"""The page behind an alert's link: one button that takes the case in hand, without signing in.

Reading it changes nothing: mail programs and chat rooms open links before people do.
"""

import html

from chalice import Response

from chalicelib.api.blueprint import ApiBlueprint, Request
from chalicelib.config import settings
from chalicelib.domain.exception_cases import ExceptionCase
from chalicelib.domain.text import localized
from chalicelib.services import alert_contacts

routes = ApiBlueprint(__name__)
_WORDS = {
    "en": ("Take it in hand", "It is in hand; nobody is called again.", "Open in the console"),
    "zh-CN": ("我来处理", "已有人处理，不再提醒。", "在控制台中打开"),
}
_HEADERS: dict[str, str | list[str]] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


@routes.get("/alerts/{token}", summary="The page behind an alert's link", access="public")
def read_alert(request: Request[None], token: str) -> Response:
    case, _ = alert_contacts.find_case(token)
    return _page(case, request.language)


@routes.post(
    "/alerts/{token}",
    summary="Take an alert's case in hand by its link",
    access="public",
    body=bytes,
    once=False,
)
def acknowledge_alert(request: Request[bytes], token: str) -> Response:
    return _page(alert_contacts.acknowledge(token, request.now), request.language)


def _page(case: ExceptionCase, language: str) -> Response:
    take, taken, console = _WORDS.get(language, _WORDS["en"])
    act = (
        f'<form method="post"><button>{take}</button></form>'
        if case.status == "open"
        else f"<p>{taken}</p>"
    )
    link = f"{settings().public_url.rstrip('/')}/ops#/cases?case={case.case_id}"
    body = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Docket</title>'
        f"<h1>[{case.severity}] {html.escape(case.rule)}</h1>"
        f"<p>{html.escape(localized(case.summary, language))}</p>{act}"
        f'<p><a href="{html.escape(link)}">{console}</a></p></html>'
    )
    return Response(body=body, headers=_HEADERS, status_code=200)
