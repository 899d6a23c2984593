"""Who pays within WeChat: the page that asks WeChat, and the openid that its code stands for.

Private to `wechat_pay.py`. Both need the app's secret, without which nobody is asked.
"""

from urllib.parse import urlencode

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.providers.base import ProviderRefused, Secrets
from chalicelib.providers.base_http import decoded, exchange

PAGE_BASE = "https://open.weixin.qq.com"
API_BASE = "https://api.weixin.qq.com"
# What is wrong with the code itself: invalid, out of time, used. All else is ours or WeChat's.
_CODE_REFUSED = frozenset({40029, 42003, 40163})


class _Told(msgspec.Struct):
    openid: str = ""
    errcode: int = 0


def payer_page(secrets: Secrets) -> str | None:
    """WeChat holds its parameters to this very order."""
    if not secrets.get("app_secret"):
        return None
    base = (secrets.get("payer_page_base") or PAGE_BASE).rstrip("/")
    return (
        f"{base}/connect/oauth2/authorize?appid={secrets['appid']}&redirect_uri={{redirect_uri}}"
        "&response_type=code&scope=snsapi_base&state={state}#wechat_redirect"
    )


def openid_of(secrets: Secrets, code: str) -> str:
    """A code is good once, for five minutes."""
    query = {
        "appid": secrets["appid"],
        "secret": secrets.get("app_secret", ""),
        "code": code,
        "grant_type": "authorization_code",
    }
    base = (secrets.get("payer_api_base") or API_BASE).rstrip("/")
    url = f"{base}/sns/oauth2/access_token?{urlencode(query)}"
    answer = exchange("GET", url, {"Accept": "application/json", "User-Agent": "docket"}, None)
    if answer.status != 200:
        raise Unavailable(f"WeChat answered {answer.status}.")
    told = decoded(answer.body, _Told)
    if told.errcode in _CODE_REFUSED:
        raise ProviderRefused("payer_code_refused")
    if told.errcode or not told.openid:
        raise Unavailable(f"WeChat does not tell who pays ({told.errcode}).")
    return told.openid
