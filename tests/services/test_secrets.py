"""The stage's secrets: remembered, rotated, and still there when their source is not."""

import json

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.services.guests import guest_token, order_of
from chalicelib.services.secrets import Keyring, SecretCache

ORDER = "ord_0123456789abcdefghjkmnpqrs"


class Vault:
    """Secrets that a test can change, count the reads of, and take away."""

    def __init__(self, **values: object) -> None:
        self.values = {name: json.dumps(value) for name, value in values.items()}
        self.reads = 0
        self.down = False
        self.seconds = 500.0

    def fetch(self, name: str) -> str | None:
        self.reads += 1
        if self.down:
            raise Unavailable("down")
        return self.values.get(name)

    def cache(self) -> SecretCache:
        return SecretCache(self.fetch, 300, lambda: self.seconds)

    def keyring(self) -> Keyring:
        return Keyring(self.cache(), "app")


def test_a_secret_is_read_once_in_its_time():
    vault = Vault(app={"version": "1"})
    cache = vault.cache()
    for _ in range(5):
        cache.get("app")
    vault.seconds += 301
    cache.get("app")
    assert vault.reads == 2


def test_absence_is_remembered_too():
    vault = Vault()
    cache = vault.cache()
    assert cache.get("stripe") is None
    assert cache.get("stripe") is None
    assert vault.reads == 1


def test_the_last_value_serves_while_the_source_is_down():
    vault = Vault(app={"version": "1"})
    cache = vault.cache()
    cache.get("app")
    vault.down = True
    vault.seconds += 301
    assert cache.get("app") == '{"version": "1"}'


def test_a_source_down_from_the_start_is_unavailable():
    vault = Vault()
    vault.down = True
    with pytest.raises(Unavailable):
        vault.cache().get("app")


def test_each_purpose_has_a_key_of_its_own():
    keyring = Vault(app={"version": "1", "key": "k"}).keyring()
    assert keyring.current("cursor")[1] != keyring.current("guest-token")[1]
    assert keyring.current("cursor") == keyring.current("cursor")


def test_a_missing_app_secret_is_unavailable_rather_than_an_empty_key():
    with pytest.raises(Unavailable):
        Vault().keyring().current("cursor")


def test_a_guest_token_alone_names_its_order():
    keyring = Vault(app={"version": "1", "key": "k"}).keyring()
    token = guest_token(ORDER, keyring)
    assert order_of(token, keyring) == ORDER
    assert guest_token(ORDER, keyring) == token


def test_a_guest_token_outlives_a_rotation_while_its_version_is_kept():
    vault = Vault(app={"version": "1", "key": "k"})
    before = guest_token(ORDER, vault.keyring())
    vault.values["app"] = json.dumps({"version": "2", "key": "l", "previous": {"1": "k"}})
    keyring = vault.keyring()
    assert order_of(before, keyring) == ORDER
    assert guest_token(ORDER, keyring) != before


def test_a_guest_token_ends_with_its_version():
    vault = Vault(app={"version": "1", "key": "k"})
    before = guest_token(ORDER, vault.keyring())
    vault.values["app"] = json.dumps({"version": "2", "key": "l"})
    assert order_of(before, vault.keyring()) is None


def test_a_version_made_a_moment_ago_is_found_by_an_instance_that_remembers_the_old_one():
    vault = Vault(app={"version": "1", "key": "k"})
    keyring = vault.keyring()
    keyring.current("guest-token")
    vault.values["app"] = json.dumps({"version": "2", "key": "l", "previous": {"1": "k"}})
    token = guest_token(ORDER, vault.keyring())
    vault.seconds += 11
    assert order_of(token, keyring) == ORDER


def test_unknown_versions_do_not_make_us_read_the_secret_each_time():
    vault = Vault(app={"version": "1", "key": "k"})
    keyring = vault.keyring()
    for number in range(50):
        assert order_of(f"v{number}.{ORDER}.signature", keyring) is None
    assert vault.reads == 1


@pytest.mark.parametrize(
    "bend",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token.replace("ord_0", "ord_1"),
        lambda token: "2" + token[1:],
        lambda token: token.rsplit(".", 1)[0] + ".",
        lambda token: token.upper(),
        lambda _: "",
        lambda _: "..",
        lambda _: "1.ord_x.é",
        lambda _: "x" * 100_000,
        lambda token: token + ".more",
    ],
)
def test_a_bent_guest_token_names_no_order(bend):
    keyring = Vault(app={"version": "1", "key": "k"}).keyring()
    assert order_of(bend(guest_token(ORDER, keyring)), keyring) is None
