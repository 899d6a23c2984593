"""WeChat's word about who looks at a page within it: a code for the browser, an openid for us."""

import hmac
import re
import secrets
import time
from urllib.parse import urlencode, urlsplit

from infra.local.counterparts.base import Answer, Refused, Request, json_answer
from infra.local.counterparts.base_ledger import Document, Ledger

OPENID = "oPractice-buyer"
CODE_SECONDS = 300
# WeChat holds the address to this order of its parameters.
_ASKED = re.compile(
    r"appid=(?P<appid>\w+)&redirect_uri=[^&]+&response_type=code&scope=snsapi_base"
    r"(&state=[0-9A-Za-z]{0,128})?"
)


def send_back(ledger: Ledger, keys: Document, request: Request) -> Answer:
    """The buyer's browser goes where it came from, with a code."""
    asked = _ASKED.fullmatch(request.target.partition("?")[2])
    back = urlsplit(request.query.get("redirect_uri", ""))
    if asked is None or asked["appid"] != keys["appid"] or back.scheme not in {"http", "https"}:
        raise Refused(400, "PARAM_ERROR")
    code = secrets.token_hex(16)
    with ledger.transaction():
        ledger.save("payer_code", code, {"reference": code, "made_at": time.time()})
    answer = urlencode({"code": code, "state": request.query.get("state", "")})
    query = f"{back.query}&{answer}" if back.query else answer
    return Answer(302, headers={"Location": back._replace(query=query).geturl()})


def tell(ledger: Ledger, keys: Document, request: Request) -> Answer:
    """The openid for a code, once; a refusal is a 200 too."""
    given = request.query
    known = {"appid": keys["appid"], "secret": keys.get("app_secret", "")}
    for name, errcode in (("appid", 40013), ("secret", 40125)):
        if not known[name] or not hmac.compare_digest(given.get(name, ""), known[name]):
            return _no(errcode)
    with ledger.transaction():
        found = ledger.find("payer_code", given.get("code", ""))
        if found is None or given.get("grant_type") != "authorization_code":
            return _no(40029)
        if found.get("used"):
            return _no(40163)
        if time.time() - found["made_at"] > CODE_SECONDS:
            return _no(42003)
        ledger.save("payer_code", found["reference"], found | {"used": True})
    token = {"access_token": secrets.token_hex(32), "expires_in": 7200, "scope": "snsapi_base"}
    return json_answer(200, token | {"openid": OPENID})


def _no(errcode: int) -> Answer:
    return json_answer(200, {"errcode": errcode, "errmsg": "refused"})
