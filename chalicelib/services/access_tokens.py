"""Verification of Cognito's access tokens, against the pool's keys held in memory.

Only RS256, only keys of the pool's own JWKS address: what a token's header says about where its
key might be found (`jku`, `x5u`, `jwk`) is never followed.
"""

import time
from collections.abc import Callable
from datetime import datetime
from http.client import HTTPException
from typing import Any, Literal
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector

import jwt
import msgspec
from jwt.types import Options

from chalicelib.domain.errors import Unauthenticated, Unavailable

_MAX_TOKEN_LENGTH = 4096
_MAX_JWKS_BYTES = 64 * 1024
_LEEWAY_SECONDS = 10
_VERIFIED_MAX = 256
_KEYS_MAX_AGE_SECONDS = 3600
# A token naming an unknown key may be forged: it must not make us call the pool each time.
_UNKNOWN_KEY_RECHECK_SECONDS = 10
_FAILURE_PAUSE_SECONDS = 1
_ONLY_SIGNATURE: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
}


class Claims(msgspec.Struct, frozen=True):
    """The parts of an access token that Docket reads."""

    iss: str
    sub: str
    token_use: Literal["access"]
    client_id: str
    exp: float
    iat: float
    nbf: float = 0
    username: str = ""
    groups: tuple[str, ...] = msgspec.field(default=(), name="cognito:groups")


class KeySet:
    """The pool's public keys by id. Stale ones serve while the pool cannot be reached."""

    def __init__(
        self, fetch: Callable[[], bytes], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, Any] = {}
        self._loaded_at: float | None = None
        self._tried_at: float | None = None

    def find(self, key_id: str) -> Any | None:
        if key_id not in self._keys:
            self._refresh(_UNKNOWN_KEY_RECHECK_SECONDS)
        elif self._age() > _KEYS_MAX_AGE_SECONDS:
            self._refresh(_FAILURE_PAUSE_SECONDS)
        if not self._keys:
            raise Unavailable("Sign-in cannot be checked now.")
        return self._keys.get(key_id)

    def _age(self) -> float:
        return self._clock() - self._loaded_at if self._loaded_at is not None else float("inf")

    def _refresh(self, pause_seconds: float) -> None:
        pause = pause_seconds if self._keys else _FAILURE_PAUSE_SECONDS
        now = self._clock()
        if self._tried_at is not None and now - self._tried_at < pause:
            return
        self._tried_at = now
        try:
            self._keys = _parsed(self._fetch())
        except (OSError, HTTPException, ValueError):
            return
        self._loaded_at = now


class TokenVerifier:
    """Says whose a token is, or raises `Unauthenticated`."""

    def __init__(self, keys: KeySet, issuer: str, client_id: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._client_id = client_id
        self._verified: dict[str, tuple[str, Claims]] = {}

    def claims(self, token: str, now: datetime) -> Claims:
        """A signature is checked once; times, and that its key is still the pool's, always."""
        key_id, claims = self._verified.get(token) or self._verify(token)
        if self._keys.find(key_id) is None:
            raise Unauthenticated("This access token is not valid.", code="invalid_token")
        self._check(claims, now.timestamp())
        if token not in self._verified:
            if len(self._verified) >= _VERIFIED_MAX:
                del self._verified[next(iter(self._verified))]
            self._verified[token] = key_id, claims
        return claims

    def _verify(self, token: str) -> tuple[str, Claims]:
        if len(token) > _MAX_TOKEN_LENGTH or not token.isascii():
            raise Unauthenticated("This access token is not valid.", code="invalid_token")
        try:
            key_id, key = self._key(jwt.get_unverified_header(token))
            # Times are checked below, against the request's own clock.
            payload = jwt.decode(token, key, algorithms=["RS256"], options=_ONLY_SIGNATURE)
            claims = msgspec.convert(payload, Claims)
        except (jwt.PyJWTError, msgspec.ValidationError, RecursionError) as error:
            message = "This access token is not valid."
            raise Unauthenticated(message, code="invalid_token") from error
        return key_id, claims

    def _key(self, header: dict[str, Any]) -> tuple[str, Any]:
        key_id = header.get("kid")
        if header.get("alg") != "RS256" or "crit" in header or not isinstance(key_id, str):
            raise Unauthenticated("This access token is not valid.", code="invalid_token")
        key = self._keys.find(key_id)
        if key is None:
            raise Unauthenticated("This access token is not valid.", code="invalid_token")
        return key_id, key

    def _check(self, claims: Claims, now: float) -> None:
        ours = claims.iss == self._issuer and claims.client_id == self._client_id
        if not ours or not claims.sub:
            raise Unauthenticated("This is no access token of this shop.", code="invalid_token")
        if now >= claims.exp + _LEEWAY_SECONDS:
            raise Unauthenticated("This access token has expired.", code="token_expired")
        if max(claims.nbf, claims.iat) > now + _LEEWAY_SECONDS:
            raise Unauthenticated("This access token is not valid yet.", code="invalid_token")


def http_fetcher(url: str) -> Callable[[], bytes]:
    """Reads the pool's keys over HTTP(S): no redirect, no other scheme, a bounded answer."""

    def fetch() -> bytes:
        opener = OpenerDirector()
        opener.add_handler(HTTPHandler())
        opener.add_handler(HTTPSHandler())
        answer = opener.open(url, timeout=2)
        if answer is None or answer.status != 200:
            raise OSError("The key set cannot be read.")
        with answer:
            return bytes(answer.read(_MAX_JWKS_BYTES))

    return fetch


def _parsed(document: bytes) -> dict[str, Any]:
    """Only RSA signing keys with an id; one that cannot be read does not spoil the others."""
    found = {}
    for jwk in msgspec.json.decode(document, type=dict[str, Any]).get("keys", []):
        if jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig" or "kid" not in jwk:
            continue
        try:
            found[jwk["kid"]] = jwt.PyJWK(jwk, algorithm="RS256").key
        except jwt.PyJWTError:
            continue
    if not found:
        raise ValueError("The key set holds no usable key.")
    return found
