"""PayPal's access tokens: one for each set of credentials, kept until shortly before its end."""

import base64
import time

import msgspec

from chalicelib.domain.errors import Unavailable
from chalicelib.providers.base import ProviderRefused, Secrets
from chalicelib.providers.base_http import call

_MARGIN_SECONDS = 60
_KEPT_MAX = 16
_kept: dict[tuple[str, str, str], tuple[str, float]] = {}


class _Token(msgspec.Struct):
    access_token: str
    expires_in: int


def token(base: str, secrets: Secrets) -> str:
    """Raises `Unavailable` where PayPal gives none: that says nothing about a payment."""
    who = _who(base, secrets)
    text, ends = _kept.get(who, ("", 0.0))
    if ends > time.monotonic():
        return text
    granted = _granted(*who)
    if len(_kept) >= _KEPT_MAX:
        _kept.clear()
    _kept[who] = granted.access_token, time.monotonic() + granted.expires_in - _MARGIN_SECONDS
    return granted.access_token


def forget_token(base: str, secrets: Secrets) -> None:
    _kept.pop(_who(base, secrets), None)


def _who(base: str, secrets: Secrets) -> tuple[str, str, str]:
    return base, str(secrets["client_id"]), str(secrets["client_secret"])


def _granted(base: str, client_id: str, client_secret: str) -> _Token:
    pair = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}"}
    form = {"grant_type": "client_credentials"}
    try:
        return call("POST", f"{base}/v1/oauth2/token", headers, _Token, form=form)
    except ProviderRefused as refused:
        raise Unavailable("PayPal does not accept the credentials.") from refused
