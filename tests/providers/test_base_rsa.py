"""Keys in every form in which companies hand them out, and signatures that are none."""

import base64
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import Unavailable
from chalicelib.providers.base_rsa import private_key, public_key, sign, verified

KEY = rsa.generate_private_key(65537, 2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM


def private_form(encoding, form, key=KEY):
    return key.private_bytes(encoding, form, serialization.NoEncryption())


def public_form(encoding, key=KEY):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form)


def certificate():
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a company")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(name, name, KEY.public_key(), 7, now, now + timedelta(days=1))
        .sign(KEY, hashes.SHA256())
    )  # fmt: skip


def bare(der):
    return base64.b64encode(der).decode()


PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8
PUBLIC = {
    "PEM key": public_form(PEM).decode(),
    "PEM key with Windows line ends": public_form(PEM).decode().replace("\n", "\r\n"),
    "bare key": bare(public_form(DER)),
    "bare key in lines": base64.encodebytes(public_form(DER)).decode(),
    "PKCS #1 key": KEY.public_key().public_bytes(PEM, serialization.PublicFormat.PKCS1).decode(),
    "PEM certificate": certificate().public_bytes(PEM).decode(),
    "bare certificate": bare(certificate().public_bytes(DER)),
}
PRIVATE = {
    "PKCS #1 PEM": private_form(PEM, PKCS1).decode(),
    "PKCS #8 PEM": private_form(PEM, PKCS8).decode(),
    "bare PKCS #1": bare(private_form(DER, PKCS1)),
    "bare PKCS #8": bare(private_form(DER, PKCS8)),
}


@pytest.mark.parametrize("form", PUBLIC)
def test_a_public_key_is_read_in_every_form_and_parsed_once(form):
    key = public_key(PUBLIC[form])
    assert key.public_numbers() == KEY.public_key().public_numbers()
    assert public_key(PUBLIC[form]) is key


@pytest.mark.parametrize("form", PRIVATE)
def test_a_private_key_is_read_in_every_form_and_signs(form):
    signature = sign(private_key(PRIVATE[form]), "面".encode())
    assert verified(public_key(PUBLIC["bare key"]), "面".encode(), signature)


@pytest.mark.parametrize(
    "text", ["", " ", "é", "AAAA", "----", "-----BEGIN PUBLIC KEY-----", "A", bare(b"\x30\x03abc")]
)
def test_what_is_no_key_is_ours_to_mend(text):
    for read in (public_key, private_key):
        with pytest.raises(Unavailable):
            read(text)


def test_a_key_of_another_kind_is_refused():
    with pytest.raises(Unavailable):
        public_key(public_form(PEM, CURVE).decode())
    with pytest.raises(Unavailable):
        private_key(private_form(PEM, PKCS8, CURVE).decode())
    with pytest.raises(Unavailable):
        private_key(PUBLIC["PEM key"])
    locked = KEY.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"word"))
    with pytest.raises(Unavailable):
        private_key(locked.decode())


def test_only_this_key_s_sha_256_of_this_content_verifies():
    key, content = public_key(PUBLIC["PEM key"]), b"12.34"
    genuine = sign(KEY, content)
    assert verified(key, content, genuine)
    assert not verified(key, b"12.35", genuine)
    other = rsa.generate_private_key(65537, 2048)
    assert not verified(other.public_key(), content, genuine)
    sha1 = bare(KEY.sign(content, padding.PKCS1v15(), hashes.SHA1()))
    assert not verified(key, content, sha1)


@pytest.mark.parametrize(
    "forge",
    [
        lambda it: it[:0],
        lambda it: it[:-4],
        lambda it: it + "\n",
        lambda it: " " + it,
        lambda it: it.replace("=", ""),
        lambda it: it + "é",
        lambda it: "WECHATPAY/SIGNTEST/" + it,
        lambda it: it[:-3] + chr(ord(it[-3]) ^ 1) + "==",
    ],
)
def test_a_signature_that_is_nearly_right_is_wrong(forge):
    assert not verified(public_key(PUBLIC["PEM key"]), b"x", forge(sign(KEY, b"x")))


@given(st.text())
def test_whatever_stands_for_a_signature_is_refused_and_never_a_crash(junk):
    assert not verified(public_key(PUBLIC["PEM key"]), b"x", junk)


def test_importing_it_does_not_import_cryptography():
    code = "import sys, chalicelib.providers.base_rsa; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
