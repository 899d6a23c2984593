"""The stage's secrets: read from Secrets Manager, remembered in memory, never written anywhere.

The app's own secret is `{"version": "2", "key": "…", "previous": {"1": "…"}}`. Every use gets a
key of its own, derived from it, so that one leaking says nothing about the others. What was signed
under a previous version stays valid until that version leaves the secret.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import msgspec

from chalicelib.config import settings
from chalicelib.domain.errors import Unavailable

# A version made by a rotation a moment ago is looked for, but not at each forged token's bidding.
_RECHECK_SECONDS = 10


class _AppSecret(msgspec.Struct, frozen=True):
    version: str
    key: str
    previous: dict[str, str] = {}


class _PushSecret(msgspec.Struct, frozen=True):
    key: str


class _InboundSecret(msgspec.Struct, frozen=True):
    secrets: list[str]


class _Reading(msgspec.Struct, frozen=True):
    value: str | None
    read_at: float


class SecretCache:
    """Remembers each secret, its absence too; when the source is down the last value still serves.

    `fetch` gives a secret's text, None where there is no such secret, and raises `Unavailable`.
    """

    def __init__(
        self,
        fetch: Callable[[str], str | None],
        max_age_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._max_age = max_age_seconds
        self._clock = clock
        self._readings: dict[str, _Reading] = {}

    def get(self, name: str, max_age_seconds: float | None = None) -> str | None:
        max_age = self._max_age if max_age_seconds is None else max_age_seconds
        now = self._clock()
        known = self._readings.get(name)
        if known and now - known.read_at < max_age:
            return known.value
        try:
            value = self._fetch(name)
        except Unavailable:
            if known is None:
                raise
            value = known.value
        self._readings[name] = _Reading(value=value, read_at=now)
        return value


class Keyring:
    """The keys derived from the app's secret."""

    def __init__(self, cache: SecretCache, secret_id: str) -> None:
        self._cache = cache
        self._secret_id = secret_id

    def current(self, purpose: str) -> tuple[str, bytes]:
        """The version and the key to sign with."""
        secret = self._secret()
        return secret.version, _derived(secret.key, purpose)

    def find(self, purpose: str, version: str) -> bytes | None:
        """The key that `version` signed with, as long as it is in the secret."""
        found = _versions(self._secret()).get(version)
        if found is None:
            found = _versions(self._secret(_RECHECK_SECONDS)).get(version)
        return _derived(found, purpose) if found else None

    def all(self, purpose: str) -> dict[str, bytes]:
        """Every version's key, the current one first."""
        versions = _versions(self._secret())
        return {version: _derived(key, purpose) for version, key in versions.items()}

    def _secret(self, max_age_seconds: float | None = None) -> _AppSecret:
        text = self._cache.get(self._secret_id, max_age_seconds)
        if text is None:
            raise Unavailable("The stage's own secret is missing.")
        return msgspec.json.decode(text, type=_AppSecret)


def app_key(purpose: str) -> bytes:
    """The key to sign with for `purpose`, at the current version."""
    return keyring().current(purpose)[1]


def keys(purpose: str) -> dict[str, bytes]:
    """The keys to verify with, by version, the current one first."""
    return keyring().all(purpose)


def push_secret() -> str:
    """What the key is derived from that push messages are sent under; it stays for good."""
    text = _cache().get(settings().push_secret_id)
    if text is None:
        raise Unavailable("The stage's secret for push messages is missing.")
    return msgspec.json.decode(text, type=_PushSecret).key


def payment_secrets(provider: str) -> dict[str, Any] | None:
    """A provider's credentials, or None where the stage has none: then it is not offered."""
    text = _cache().get(f"{settings().payment_secrets_prefix}{provider}")
    return msgspec.json.decode(text, type=dict[str, Any]) if text else None


def publishable_key(provider: str) -> str | None:
    """What a provider's own fields in the buyer's client need; no secret, though kept with them."""
    key = (payment_secrets(provider) or {}).get("publishable_key")
    return key if isinstance(key, str) and key else None


def fields_script(provider: str) -> str | None:
    """Where the script of those fields is, if not at the company itself: a stage for practice."""
    url = (payment_secrets(provider) or {}).get("script_url")
    return url if isinstance(url, str) and url.startswith(("http://", "https://")) else None


def inbound_secrets(name: str) -> tuple[str, ...]:
    """What a system that posts to us signs with: `whsec_…`, or `{"secrets": ["whsec_…", …]}`."""
    text = _cache().get(f"{settings().inbound_secrets_prefix}{name}")
    if not text:
        return ()
    if not text.lstrip().startswith("{"):
        return (text.strip(),)
    return tuple(msgspec.json.decode(text, type=_InboundSecret).secrets)


def alert_secrets(channel: str) -> dict[str, Any] | None:
    """`{"url", "secret"?}` of the room that a channel writes to, or None where there is none."""
    text = _cache().get(f"{settings().alert_secrets_prefix}{channel}")
    return msgspec.json.decode(text, type=dict[str, Any]) if text else None


def einvoice_secrets(provider: str) -> dict[str, Any] | None:
    """Credentials at a tax platform, or None where the stage has none: then it is not asked."""
    text = _cache().get(f"{settings().einvoice_secrets_prefix}{provider}")
    return msgspec.json.decode(text, type=dict[str, Any]) if text else None


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    return Keyring(_cache(), settings().app_secret_id)


def forget() -> None:
    """Drop what is remembered, as a new instance would start."""
    keyring.cache_clear()
    _cache.cache_clear()


@lru_cache(maxsize=1)
def _cache() -> SecretCache:
    return SecretCache(_fetcher(), settings().secrets_max_age_seconds)


@cache
def _fetcher() -> Callable[[str], str | None]:
    """Powertools' provider; imported only by the requests that need a secret."""
    from aws_lambda_powertools.utilities.parameters import SecretsProvider
    from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
    from botocore.config import Config

    provider = SecretsProvider(
        boto_config=Config(
            region_name=settings().region,
            connect_timeout=1,
            read_timeout=2,
            retries={"total_max_attempts": 2},
        )
    )

    def fetch(name: str) -> str | None:
        try:
            return str(provider.get(name, force_fetch=True))
        except GetParameterError as error:
            if "ResourceNotFoundException" in str(error):
                return None
            raise Unavailable("A secret cannot be read now.") from error

    return fetch


def _versions(secret: _AppSecret) -> dict[str, str]:
    return {secret.version: secret.key, **secret.previous}


def _derived(key: str, purpose: str) -> bytes:
    return hmac.new(key.encode(), f"docket:{purpose}".encode(), hashlib.sha256).digest()
