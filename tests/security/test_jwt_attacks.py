"""Access tokens that were forged, bent, stolen from elsewhere or outlived are refused."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from chalicelib.domain.errors import Unauthenticated, Unavailable
from chalicelib.services.access_tokens import KeySet, TokenVerifier

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"
CLIENT = "client-of-docket"
POOL_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FOREIGN_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwks(**keys: rsa.RSAPrivateKey) -> bytes:
    found = []
    for key_id, key in keys.items():
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
        found.append({**public, "kid": key_id, "use": "sig", "alg": "RS256"})
    return json.dumps({"keys": found}).encode()


def claims(**changed: object) -> dict[str, object]:
    made = {
        "iss": ISSUER,
        "sub": "a-customer",
        "token_use": "access",
        "client_id": CLIENT,
        "iat": int(NOW.timestamp()) - 60,
        "exp": int(NOW.timestamp()) + 3600,
        "username": "a-customer",
        "cognito:groups": ["clerk", "store:sto_1"],
    }
    return {name: value for name, value in {**made, **changed}.items() if value is not None}


def signed(key=POOL_KEY, headers=None, algorithm="RS256", **changed: object) -> str:
    return jwt.encode(claims(**changed), key, algorithm, headers={"kid": "pool", **(headers or {})})


def part(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def with_header(header: object) -> str:
    """A token whose payload and signature are right but whose header was replaced."""
    _, payload, signature = signed().split(".")
    return f"{part(header)}.{payload}.{signature}"


def signed_with_public_key_as_secret() -> str:
    secret = POOL_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    text = f"{part({'alg': 'HS256', 'kid': 'pool', 'typ': 'JWT'})}.{part(claims())}"
    mac = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def own_key_in_header() -> str:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(FOREIGN_KEY.public_key()))
    return signed(FOREIGN_KEY, headers={"jwk": public})


ATTACKS = {
    "no signature, alg none": lambda: f"{part({'alg': 'none', 'kid': 'pool'})}.{part(claims())}.",
    "alg None in capitals": lambda: f"{part({'alg': 'NONE', 'kid': 'pool'})}.{part(claims())}.",
    "alg none with a signature": lambda: with_header({"alg": "none", "kid": "pool"}),
    "HS256 with the public key as secret": signed_with_public_key_as_secret,
    "RS512 by the right key": lambda: signed(algorithm="RS512"),
    "PS256 by the right key": lambda: signed(algorithm="PS256"),
    "ES256 by another key": lambda: signed(
        ec.generate_private_key(ec.SECP256R1()), algorithm="ES256"
    ),
    "alg is a list": lambda: with_header({"alg": ["RS256"], "kid": "pool"}),
    "alg is missing": lambda: with_header({"kid": "pool"}),
    "signed by a foreign key under our kid": lambda: signed(FOREIGN_KEY),
    "kid unknown": lambda: signed(FOREIGN_KEY, headers={"kid": "theirs"}),
    "kid is a path": lambda: signed(FOREIGN_KEY, headers={"kid": "../../../dev/null"}),
    "kid is SQL": lambda: signed(FOREIGN_KEY, headers={"kid": "' OR 1=1 --"}),
    "kid is a number": lambda: with_header({"alg": "RS256", "kid": 1}),
    "kid is missing": lambda: with_header({"alg": "RS256"}),
    "own key in jwk": own_key_in_header,
    "own keys by jku": lambda: signed(FOREIGN_KEY, headers={"jku": "http://127.0.0.1:1/keys"}),
    "own keys by x5u": lambda: signed(FOREIGN_KEY, headers={"x5u": "http://127.0.0.1:1/x5u"}),
    "critical extension": lambda: signed(headers={"crit": ["exp"], "exp": 1}),
    "payload changed after signing": lambda: ".".join(
        [signed().split(".")[0], part(claims(sub="someone-else")), signed().split(".")[2]]
    ),
    "signature cut": lambda: signed()[:-8],
    "signature emptied": lambda: signed().rsplit(".", 1)[0] + ".",
    "an id token": lambda: signed(token_use="id", aud=CLIENT),
    "an id token with a client id": lambda: signed(token_use="id"),
    "no token_use": lambda: signed(token_use=None),
    "another pool's issuer": lambda: signed(iss=ISSUER.replace("pool", "other")),
    "issuer with a suffix": lambda: signed(iss=ISSUER + "/"),
    "issuer is missing": lambda: signed(iss=None),
    "another client": lambda: signed(client_id="client-of-someone"),
    "client is missing": lambda: signed(client_id=None),
    "client is a list": lambda: signed(client_id=[CLIENT]),
    "expired": lambda: signed(exp=int(NOW.timestamp()) - 11),
    "expiry is missing": lambda: signed(exp=None),
    "expiry is a text": lambda: signed(exp="9999999999"),
    "expiry is true": lambda: signed(exp=True),
    "not valid yet": lambda: signed(nbf=int(NOW.timestamp()) + 60),
    "issued in the future": lambda: signed(iat=int(NOW.timestamp()) + 60),
    "subject is empty": lambda: signed(sub=""),
    "subject is missing": lambda: signed(sub=None),
    "groups are a text": lambda: signed(**{"cognito:groups": "admin"}),
    "huge": lambda: signed(padding="x" * 5000),
    "megabytes of dots": lambda: "." * 3_000_000,
    "deeply nested header": lambda: f"{part('[' * 2500)}.e30.AA",
    "header is a list": lambda: f"{part([])}.e30.AA",
    "two parts": lambda: "e30.e30",
    "five parts, encrypted": lambda: ".".join(["e30"] * 5),
    "not base64": lambda: "$$$.###.!!!",
    "not ASCII": lambda: "héllo.wörld.ünd",
    "empty": lambda: "",
    "a space within": lambda: signed().replace(".", ". "),
}


@pytest.fixture
def verifier() -> TokenVerifier:
    return TokenVerifier(KeySet(lambda: jwks(pool=POOL_KEY)), ISSUER, CLIENT)


@pytest.mark.parametrize("attack", ATTACKS, ids=list(ATTACKS))
def test_a_forged_token_is_refused(verifier, attack):
    with pytest.raises(Unauthenticated):
        verifier.claims(ATTACKS[attack](), NOW)


def test_a_genuine_token_tells_who_and_which_groups(verifier):
    found = verifier.claims(signed(), NOW)
    assert found.sub == "a-customer"
    assert found.groups == ("clerk", "store:sto_1")


def test_a_token_without_groups_is_a_customers(verifier):
    assert verifier.claims(signed(**{"cognito:groups": None}), NOW).groups == ()


def test_clocks_may_differ_by_some_seconds(verifier):
    seconds = int(NOW.timestamp())
    assert verifier.claims(signed(exp=seconds - 9, iat=seconds + 9), NOW).sub == "a-customer"


def test_headers_that_point_to_other_keys_are_ignored_on_a_genuine_token(verifier):
    token = signed(headers={"jku": "http://127.0.0.1:1/keys"})
    assert verifier.claims(token, NOW).sub == "a-customer"


class Pool:
    """A key set address that can rotate its keys or be down, and counts the calls."""

    def __init__(self) -> None:
        self.keys = {"pool": POOL_KEY}
        self.down = False
        self.calls = 0
        self.seconds = 1000.0

    def fetch(self) -> bytes:
        self.calls += 1
        if self.down:
            raise OSError("no route")
        return jwks(**self.keys)

    def clock(self) -> float:
        return self.seconds

    def verifier(self) -> TokenVerifier:
        return TokenVerifier(KeySet(self.fetch, self.clock), ISSUER, CLIENT)


def test_the_keys_are_read_once_for_many_tokens():
    pool = Pool()
    verifier = pool.verifier()
    for _ in range(5):
        verifier.claims(signed(), NOW)
    assert pool.calls == 1


def test_a_rotated_key_is_found_without_waiting():
    pool = Pool()
    verifier = pool.verifier()
    verifier.claims(signed(), NOW)
    pool.keys = {"pool": POOL_KEY, "next": FOREIGN_KEY}
    pool.seconds += 11
    assert verifier.claims(signed(FOREIGN_KEY, headers={"kid": "next"}), NOW).sub == "a-customer"
    assert pool.calls == 2


def test_forged_key_ids_do_not_make_us_call_the_pool_each_time():
    pool = Pool()
    verifier = pool.verifier()
    verifier.claims(signed(), NOW)
    for number in range(50):
        pool.seconds += 0.1
        with pytest.raises(Unauthenticated):
            verifier.claims(signed(FOREIGN_KEY, headers={"kid": f"k{number}"}), NOW)
    assert pool.calls == 1


def test_known_keys_serve_while_the_pool_is_down():
    pool = Pool()
    verifier = pool.verifier()
    verifier.claims(signed(), NOW)
    pool.down = True
    pool.seconds += 7200
    later = NOW + timedelta(minutes=30)
    assert verifier.claims(signed(), later).sub == "a-customer"


def test_a_key_withdrawn_by_the_pool_is_refused_after_its_hour():
    pool = Pool()
    verifier = pool.verifier()
    verifier.claims(signed(), NOW)
    pool.keys = {"next": FOREIGN_KEY}
    pool.seconds += 3601
    with pytest.raises(Unauthenticated):
        verifier.claims(signed(), NOW)


def test_a_token_seen_before_is_still_held_to_its_times(verifier):
    token = signed(exp=int(NOW.timestamp()) + 60)
    verifier.claims(token, NOW)
    with pytest.raises(Unauthenticated):
        verifier.claims(token, NOW + timedelta(seconds=71))


def test_many_different_tokens_are_all_verified(verifier):
    subjects = [f"customer-{number}" for number in range(300)]
    tokens = [signed(sub=subject) for subject in subjects]
    assert [verifier.claims(token, NOW).sub for token in tokens] == subjects


def test_without_any_key_the_answer_is_try_again_and_not_who_are_you():
    pool = Pool()
    pool.down = True
    verifier = pool.verifier()
    with pytest.raises(Unavailable):
        verifier.claims(signed(), NOW)
    pool.down = False
    pool.seconds += 2
    assert verifier.claims(signed(), NOW).sub == "a-customer"


@pytest.mark.parametrize("answer", [b"", b"<html>", b"{}", b'{"keys": [{"kty": "oct"}]}', b"[]"])
def test_an_answer_that_is_no_key_set_is_no_key_set(answer):
    verifier = TokenVerifier(KeySet(lambda: answer), ISSUER, CLIENT)
    with pytest.raises(Unavailable):
        verifier.claims(signed(), NOW)
