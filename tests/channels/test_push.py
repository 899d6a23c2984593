"""Web push on the wire: the RFCs' own examples, and what push services answer."""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from urllib.parse import urlsplit

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import _push_encryption as encryption
from chalicelib.channels import _push_vapid as vapid
from chalicelib.channels.base import AddressGone, DeliveryRefused, Message, NotDelivered
from chalicelib.channels.push import Push
from infra.local.counterparts._push_messages import decrypt, verified_key
from infra.local.counterparts.base import Refused
from tests.channels.browser import Browser
from tests.providers.http_double import Answer, HttpDouble

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SECRET = "a-random-secret-of-the-stage"


def unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(unpacked(text), "big"), ec.SECP256R1())


# RFC 8291, section 5 and appendix A.
WATERMELON = b"When I grow up, I want to be a watermelon"
SENDER = private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
RECEIVER = private("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
SALT = unpacked("DGv6ra1nlYgDCS1FRnbzlw")
AUTH = unpacked("BTBZMqHH6r4Tts7J_aSIgg")
ENCRYPTED = unpacked(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN"
)


def test_the_example_of_rfc_8291_comes_out_byte_for_byte():
    key = encryption.encoded(RECEIVER.public_key())
    assert encryption.encrypt(WATERMELON, key, AUTH, salt=SALT, own=SENDER) == ENCRYPTED
    assert decrypt(ENCRYPTED, RECEIVER, AUTH) == WATERMELON


@given(st.binary(min_size=1, max_size=200))
def test_another_implementation_reads_ours_and_we_read_theirs(said):
    key = encryption.encoded(RECEIVER.public_key())
    ours = encryption.encrypt(said, key, AUTH)
    assert http_ece.decrypt(ours, private_key=RECEIVER, auth_secret=AUTH) == said
    theirs = http_ece.encrypt(said, private_key=SENDER, dh=key, auth_secret=AUTH)
    assert decrypt(theirs, RECEIVER, AUTH) == said


def test_the_longest_message_fills_one_record_and_a_longer_one_is_refused():
    key = encryption.encoded(RECEIVER.public_key())
    assert encryption.PLAINTEXT_BYTES_MAX == 3993
    assert len(encryption.encrypt(b"x" * 3993, key, AUTH)) == 4096
    with pytest.raises(ValueError, match="3993"):
        encryption.encrypt(b"x" * 3994, key, AUTH)


@pytest.mark.parametrize("at", [0, 20, 30, 90, -1])
def test_a_message_that_was_tampered_with_is_unreadable(at):
    broken = bytearray(ENCRYPTED)
    broken[at] ^= 1
    with pytest.raises(Refused):
        decrypt(bytes(broken), RECEIVER, AUTH)


def test_the_senders_token_is_one_that_another_implementation_verifies():
    header = vapid.authorization(SECRET, "https://push.example.net/p/1?x=1", "mailto:a@b.co", NOW)
    token, key = vapid_parts(header)
    claims = jwt.decode(
        token, public(key), algorithms=["ES256"], audience="https://push.example.net",
        options={"verify_exp": False},
    )  # fmt: skip
    assert claims["sub"] == "mailto:a@b.co"
    assert 0 < claims["exp"] - NOW.timestamp() <= 24 * 3600
    assert key == vapid.public_key_of(SECRET) != vapid.public_key_of("another")
    assert len(unpacked(key)) == 65


def test_the_example_of_rfc_8292_verifies_and_one_for_another_service_does_not():
    example = (
        "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZX"
        "QiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFO"
        "epC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, k=BA1Hxzyi1RUM1b5wjxs"
        "n7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
    )
    issued = 1453523768 - 3600
    key = verified_key(example, "https://push.example.net", issued)
    assert key == example.rpartition("k=")[2]
    for service, at in (("https://other.example.net", issued), ("https://push.example.net", 2e9)):
        with pytest.raises(Refused):
            verified_key(example, service, at)
    with pytest.raises(Refused):
        verified_key(example.replace(".i3CY", ".i3CZ"), "https://push.example.net", issued)


def vapid_parts(header: str) -> tuple[str, str]:
    scheme, token, key = header.replace(",", "").split()
    assert (scheme, token[:2], key[:2]) == ("vapid", "t=", "k=")
    return token[2:], key[2:]


def public(key: str) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpacked(key))


def told(status: int, text: str = '{"title": "Ready"}'):
    """What a push service was asked, and what the browser reads of it."""
    with HttpDouble(lambda _: Answer(status)) as service:
        browser = Browser(f"{service.base}/p/secret-path")
        message = Message(
            message_id="ntf_1", to=browser.subscription, text=text, secret=SECRET, at=NOW,
            headers={"TTL": "60", "Urgency": "high", "Topic": "abc"},
        )  # fmt: skip
        host = urlsplit(service.base).netloc
        Push(allowed_private_hosts=lambda: (host,)).send(message)
        [asked] = service.asked
    return asked, browser.read(asked.body)


def test_a_push_service_gets_the_encrypted_message_and_how_long_to_keep_it():
    asked, read = told(201)
    assert (asked.method, asked.path) == ("POST", "/p/secret-path")
    assert json.loads(read) == {"title": "Ready"}
    assert b"Ready" not in asked.body
    headers = asked.headers
    assert headers["content-encoding"] == "aes128gcm"
    assert (headers["ttl"], headers["urgency"], headers["topic"]) == ("60", "high", "abc")
    token, key = vapid_parts(headers["authorization"])
    assert jwt.decode(token, public(key), algorithms=["ES256"], options={
        "verify_exp": False, "verify_aud": False,
    })["aud"].startswith("http://127.0.0.1:")  # fmt: skip


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, AddressGone), (410, AddressGone), (429, NotDelivered), (503, NotDelivered),
     (400, DeliveryRefused), (403, DeliveryRefused), (413, DeliveryRefused)],
)  # fmt: skip
def test_a_push_service_says_what_is_gone_what_may_pass_and_what_will_not(status, error):
    with pytest.raises(error) as caught:
        told(status)
    assert type(caught.value) is error
