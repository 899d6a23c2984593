"""Alipay's certificate mode: numbers of its own making, and a chain that must lead to its root."""

import json
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from alipay import DCAliPay
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from chalicelib.domain.errors import Unavailable
from chalicelib.providers.alipay import PROVIDER
from chalicelib.providers.base import InvalidSignature
from tests.contract.provider_counterpart import NOW
from tests.contract.provider_samples import alipay as sample
from tests.providers.http_double import HttpDouble
from tests.providers.node_sdk import NodeSdk

NODE = NodeSdk("alipay_sdk.cjs")
PARTS = (
    (NameOID.COUNTRY_NAME, "CN"),
    (NameOID.ORGANIZATION_NAME, "Ant Practice 蚂蚁"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "Certification Authority"),
)


def name_of(common_name):
    parts = [x509.NameAttribute(oid, value) for oid, value in PARTS]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Authority:
    """Issues certificates; by itself, or under another one."""

    def __init__(self, name, above=None, key=None):
        self.name, self.key = name, key or rsa.generate_private_key(65537, 2048)
        self.pem = (above or self).issue(name, self.key, is_authority=True)

    def issue(self, subject, key, *, is_authority=False, since=NOW - timedelta(days=30), days=3650):
        return (
            x509.CertificateBuilder()
            .subject_name(name_of(subject))
            .issuer_name(name_of(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(since + timedelta(days=days))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .sign(self.key, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
            .decode()
        )


ROOT = Authority("Root R1")
ELLIPTIC_ROOT = Authority("Root E1", key=ec.generate_private_key(ec.SECP256R1()))
ISSUER = Authority("Class 2 R1", above=ROOT)
ROOTS = f"{ELLIPTIC_ROOT.pem}\n{ROOT.pem}"
APP_CERT = ISSUER.issue("our app", sample.key_of("us"))
ALIPAY_CERT = ISSUER.issue("Alipay", sample.key_of("alipay")) + ISSUER.pem


def secrets(base="http://127.0.0.1:9", **changes):
    in_certificates = {"app_cert": APP_CERT, "alipay_cert": ALIPAY_CERT, "alipay_root_cert": ROOTS}
    told = sample.secrets(base) | in_certificates | changes
    del told["alipay_public_key"]
    return told


def verified(**changes):
    return PROVIDER.verify(secrets(**changes), sample.webhook("captured", NOW), NOW)


@pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")  # within that SDK
def test_a_request_carries_the_numbers_that_both_sdks_make_of_the_certificates():
    with HttpDouble(lambda asked: sample.respond(asked, "captured")) as double:
        assert PROVIDER.ask(secrets(double.base), "pay_1", None).kind == "payment.captured"
    sent = dict(parse_qsl(urlsplit(double.asked[0].path).query))
    numbers = (sent["app_cert_sn"], sent["alipay_root_cert_sn"])
    assert numbers == (
        NODE.ask("number", pem=APP_CERT, root=False),
        NODE.ask("number", pem=ROOTS, root=True),
    )
    assert numbers == (
        DCAliPay.get_cert_sn(APP_CERT),
        DCAliPay.get_root_cert_sn(ROOTS),
    )
    assert json.loads(dict(parse_qsl(double.asked[0].body.decode()))["biz_content"])


def test_what_the_certificate_s_key_signed_counts():
    assert verified().kind == "payment.captured"


def test_while_alipay_s_certificate_is_changed_both_are_good():
    next_one = ISSUER.issue("Alipay", sample.key_of("alipay, soon")) + ISSUER.pem
    assert verified(alipay_cert=[next_one, ALIPAY_CERT]).kind == "payment.captured"


@pytest.mark.parametrize(
    "changes",
    [
        {"alipay_root_cert": ELLIPTIC_ROOT.pem},
        {"alipay_root_cert": Authority("Root R1").pem},
        {"alipay_cert": ISSUER.issue("Alipay", sample.key_of("alipay"))},
        {"alipay_cert": APP_CERT + ISSUER.pem},
        {"alipay_cert": "not a certificate"},
        {"alipay_root_cert": ""},
    ],
    ids=["no root of it", "another root of that name", "no link", "our own", "none", "no root"],
)
def test_a_certificate_that_does_not_lead_to_the_root_vouches_for_nothing(changes):
    with pytest.raises(InvalidSignature):
        verified(**changes)
    with (
        HttpDouble(lambda asked: sample.respond(asked, "captured")) as double,
        pytest.raises(Unavailable),
    ):
        PROVIDER.ask(secrets(double.base, **changes), "pay_1", None)


@pytest.mark.parametrize(("since", "days"), [(-400, 365), (1, 365)])
def test_a_certificate_out_of_its_time_vouches_for_nothing(since, days):
    begins = NOW + timedelta(days=since)
    old = ISSUER.issue("Alipay", sample.key_of("alipay"), since=begins, days=days)
    with pytest.raises(InvalidSignature):
        verified(alipay_cert=old + ISSUER.pem)
