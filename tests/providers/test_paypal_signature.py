"""Whether PayPal signed: genuine signatures, OpenSSL's, and everything that must not pass."""

import json
import subprocess
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chalicelib.providers._paypal_certificates import system_roots, trusted_key
from chalicelib.providers.base import InvalidSignature, RawWebhook
from chalicelib.providers.paypal import PROVIDER
from infra.local.counterparts.base_keys import new_key, private_pem, public_pem
from tests.contract.provider_samples import paypal as sample

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
VECTORS = Path(__file__).parents[3] / "shared" / "vectors"
BODY = json.dumps(sample.EVENTS["captured"]).encode()
SENT = "69cd13f0-d67a-11e5-baa3-778b53f4ae55", "2026-11-22T09:29:58Z"


def genuine(number):
    path = VECTORS / f"paypal_webhook_{number}.json"
    if not path.exists():
        pytest.skip(f"the published signatures are not at {path.parent}")
    vector = json.loads(path.read_text(encoding="utf-8"))
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    secrets = {"webhook_id": vector["webhook_id"], "cert_pem": vector["public_key_pem"]}
    then = datetime.fromisoformat(headers["paypal-transmission-time"])
    return secrets, RawWebhook(vector["body"].encode(), headers), then


@pytest.mark.parametrize("number", [1, 2])
def test_what_paypal_itself_once_signed_is_accepted(number):
    secrets, webhook, then = genuine(number)
    event = PROVIDER.verify(secrets, webhook, then)
    assert event.event_id.startswith("WH-")
    assert (event.raw_type, event.kind) == ("PAYMENT.SALE.COMPLETED", None)


@pytest.mark.parametrize("number", [1, 2])
def test_one_changed_byte_of_it_is_refused(number):
    secrets, webhook, then = genuine(number)
    for position in range(0, len(webhook.body), 7):
        changed = bytearray(webhook.body)
        changed[position] ^= 1
        with pytest.raises(InvalidSignature):
            PROVIDER.verify(secrets, RawWebhook(bytes(changed), webhook.headers), then)


@pytest.fixture(scope="module")
def merchant(tmp_path_factory):
    """What Docket knows, and the file of the key that only PayPal has."""
    key = new_key()
    path = tmp_path_factory.mktemp("paypal") / "signer.pem"
    path.write_text(private_pem(key))
    return {"webhook_id": sample.WEBHOOK_ID, "cert_pem": public_pem(key)}, path


def by_openssl(path, body=BODY, webhook_id=sample.WEBHOOK_ID, digest="-sha256", **headers):
    content = "|".join((*SENT, webhook_id, str(zlib.crc32(body))))
    command = ["openssl", "dgst", digest, "-sign", str(path)]
    raw = subprocess.run(command, input=content.encode(), capture_output=True, check=True).stdout
    encoded = subprocess.run(
        ["openssl", "base64", "-A"], input=raw, capture_output=True, check=True
    ).stdout.decode()
    given = {
        "paypal-transmission-id": SENT[0],
        "paypal-transmission-time": SENT[1],
        "paypal-transmission-sig": encoded,
        "paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/CERT-1",
        "paypal-auth-algo": "SHA256withRSA",
    }
    return RawWebhook(
        body, given | {f"paypal-{k.replace('_', '-')}": v for k, v in headers.items()}
    )


def test_what_openssl_signs_is_accepted_and_has_to_be_asked_about(merchant):
    secrets, path = merchant
    event = PROVIDER.verify(secrets, by_openssl(path), NOW)
    assert (event.kind, event.order_id, event.payment_id) == ("payment.captured", "ord_1", "pay_1")
    assert event.ask_first


def test_it_is_as_good_three_days_later(merchant):
    secrets, path = merchant
    assert PROVIDER.verify(secrets, by_openssl(path), NOW + timedelta(days=3)).kind


@pytest.mark.parametrize("moment", [NOW + timedelta(days=4), NOW - timedelta(minutes=6)], ids=str)
def test_an_older_one_and_one_from_the_future_are_refused(merchant, moment):
    secrets, path = merchant
    with pytest.raises(InvalidSignature, match="too far from now"):
        PROVIDER.verify(secrets, by_openssl(path), moment)


def test_nothing_else_passes(merchant, tmp_path):
    secrets, path = merchant
    stranger = tmp_path / "stranger.pem"
    stranger.write_text(private_pem(new_key()))
    forged = {
        "a stranger's key": by_openssl(stranger),
        "for another webhook": by_openssl(path, webhook_id="8PT597110X687430L"),
        "by SHA-1": by_openssl(path, digest="-sha1"),
        "by SHA-1 and saying so": by_openssl(path, digest="-sha1", auth_algo="SHA1withRSA"),
        "of another delivery": by_openssl(path, transmission_id="another"),
        "of another time": by_openssl(path, transmission_time="2026-11-22T09:29:59Z"),
        "at no time": by_openssl(path, transmission_time="yesterday"),
        "without a zone": by_openssl(path, transmission_time="2026-11-22T09:29:58"),
        "without a signature": by_openssl(path, transmission_sig=""),
        "not base64": by_openssl(path, transmission_sig="§§§"),
    }
    for why, webhook in forged.items():
        with pytest.raises(InvalidSignature):
            pytest.fail(f"{why}: {PROVIDER.verify(secrets, webhook, NOW)}")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com.evil.example/CERT-1",
        "https://evil-paypal.com/CERT-1",
        "https://evil.example/api.paypal.com/CERT-1",
        "https://api.paypal.com@evil.example/CERT-1",
        "https://user@api.paypal.com/CERT-1",
        "https://api.paypal.com:8443/CERT-1",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://[",
        "",
    ],
)
def test_a_certificate_is_never_fetched_from_anybody_else(merchant, url):
    secrets, path = merchant
    unpinned = {"webhook_id": secrets["webhook_id"]}
    with pytest.raises(InvalidSignature, match="certificate"):
        PROVIDER.verify(unpinned, by_openssl(path, cert_url=url), NOW)


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, name="Test Root"):
        self.key = new_key()
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.root = self._signed(self.name, self.key, is_authority=True)

    def issue(self, host, key, *, days=30):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        return self._signed(name, key, host=host, days=days)

    def _signed(self, name, key, *, host=None, is_authority=False, days=30):
        ours = self.key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=60))
            .not_valid_after(NOW + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ours), False)
            .add_extension(_usage(is_authority=is_authority), critical=True)
        )
        if host:
            names = x509.SubjectAlternativeName([x509.DNSName(host)])
            server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
            builder = builder.add_extension(names, False).add_extension(server, False)
        return builder.sign(self.key, hashes.SHA256())


def _usage(*, is_authority):
    return x509.KeyUsage(
        digital_signature=not is_authority, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=is_authority,
        crl_sign=is_authority, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def pem(*certificates):
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


@pytest.fixture(scope="module")
def authority():
    return Authority()


HOST = "messageverificationcerts.paypal.com"


def test_a_certificate_in_paypals_name_under_a_trusted_root_gives_its_key(authority):
    key = new_key()
    leaf = authority.issue(HOST, key)
    found = trusted_key(pem(leaf), [authority.root], NOW)
    assert found.public_numbers() == key.public_key().public_numbers()


def test_no_other_certificate_is_trusted(authority):
    key = new_key()
    refused = {
        "under another root": (pem(Authority().issue(HOST, key)), NOW),
        "in another name": (pem(authority.issue("shop.example", key)), NOW),
        "in a name that only ends alike": (pem(authority.issue("evilpaypal.com", key)), NOW),
        "run out": (pem(authority.issue(HOST, key, days=1)), NOW + timedelta(days=2)),
        "not yet in force": (pem(authority.issue(HOST, key)), NOW - timedelta(days=61)),
        "of a weak key": (
            pem(authority.issue(HOST, rsa.generate_private_key(65537, 1024))),
            NOW,
        ),
        "a root itself": (pem(authority.root), NOW),
        "none at all": (b"<html>not found</html>", NOW),
    }
    for why, (chain, moment) in refused.items():
        with pytest.raises(InvalidSignature):
            pytest.fail(f"{why}: {trusted_key(chain, [authority.root], moment)}")


def test_the_roots_of_the_machine_are_many_and_readable():
    assert len(system_roots()) > 50
