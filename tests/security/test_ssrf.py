"""Endpoints that strangers name never lead us inside, whatever their shape."""

import datetime as dt
import socket
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib import outbound_http
from chalicelib.domain import endpoint_urls
from chalicelib.domain.endpoint_urls import ForbiddenAddress
from chalicelib.domain.errors import Unavailable
from tests.support.merchant import a_merchant, reply

FORBIDDEN = [
    "http://merchant.example.com/", "ftp://merchant.example.com/", "file:///etc/passwd",
    "gopher://merchant.example.com/", "javascript:alert(1)", "//merchant.example.com/", "", "x",
    "https://", "https:///path", "https://127.0.0.1/", "https://127.1/", "https://0/",
    "https://0x7f000001/", "https://2130706433/", "https://017700000001/", "https://0177.0.0.1/",
    "https://[::]/", "https://[::1]/", "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/", "https://[fd00:ec2::254]/", "https://[fe80::1%25eth0]/",
    "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[ff02::1]/",
    "https://100.64.0.1/", "https://169.254.169.254/latest/meta-data/", "https://10.0.0.1/",
    "https://172.16.0.1/", "https://192.168.1.1/", "https://224.0.0.1/", "https://240.0.0.1/",
    "https://255.255.255.255/", "https://localhost/", "https://intranet/",
    "https://merchant.example.com:22/", "https://merchant.example.com:6379/",
    "https://merchant.example.com:0/", "https://merchant.example.com:99999/",
    "https://merchant.example.com:/", "https://user:pass@merchant.example.com/",
    "https://merchant.example.com@127.0.0.1/", "https://merchant.example.com./",
    "https://mérchant.example.com/", "https://例子.中国/", "https://a.example.com#@127.0.0.1/",
    "https://127.0.0.1#@a.example.com/", "https://a.example.com\\@127.0.0.1/",
    "https://a.example.com/\r\nX-Injected: 1", "https://a.example.com/ b",
    "https://-a.example.com/", "https://a..example.com/", "https://a_b.example.com/",
    "https://" + "a" * 64 + ".com/", "https://a.example.com/" + "x" * 2000, "https://[::1/",
]  # fmt: skip


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_url_that_is_no_plain_public_one_is_refused(url):
    with pytest.raises(ForbiddenAddress):
        endpoint_urls.parse(url, ())


@pytest.mark.parametrize(
    "url",
    ["https://merchant.example.com/", "https://a-b.example.co:8443/p/q?x=1&y=%20",
     "https://xn--fsqu00a.xn--fiqs8s/hook", "https://8.8.8.8/", "https://[2606:4700::1111]/",
     "HTTPS://Merchant.Example.com"],
)  # fmt: skip
def test_a_plain_public_url_is_taken(url):
    target = endpoint_urls.parse(url, ())
    assert not target.exempt
    assert target.host == target.host.lower()
    assert target.path.startswith("/")


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.1:9000"])
def test_a_stage_may_allow_a_private_host(allowed):
    target = endpoint_urls.parse("http://127.0.0.1:9000/hook", (allowed,))
    assert (target.exempt, target.host_header) == (True, "127.0.0.1:9000")


def test_allowing_one_port_allows_no_other():
    with pytest.raises(ForbiddenAddress):
        endpoint_urls.parse("http://127.0.0.1:9001/hook", ("127.0.0.1:9000",))


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], ["169.254.169.254"], ["::ffff:10.0.0.1"],
     ["fe80::1%eth0"]],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused_before_any_connection(addresses):
    with pytest.raises(ForbiddenAddress):
        outbound_http.post("https://rebound.example.com/", b"{}", {}, (), find=lambda *_: addresses)


def test_the_connection_goes_to_the_address_that_was_judged():
    """The name is resolved once; a second answer, moved inside meanwhile, is never asked for."""
    asked = []

    def find(host, port):
        asked.append(host)
        return ["127.0.0.1"]

    with a_merchant() as merchant:
        url = f"http://shop.test:{merchant.port}/hook"
        answer = outbound_http.post(url, b"{}", {}, ("shop.test",), find=find)
        assert answer.status == 200
        assert asked == ["shop.test"]
        assert merchant.headers()["host"] == f"shop.test:{merchant.port}"


def test_a_name_that_does_not_resolve_may_later():
    def find(host, port):
        raise OSError("no such host")

    with pytest.raises(Unavailable):
        outbound_http.post("https://gone.example.com/", b"{}", {}, (), find=find)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(status):
    with a_merchant() as inside, a_merchant() as merchant:
        merchant.answer = reply(status, Location=inside.url)
        answer = outbound_http.post(merchant.url, b"{}", {}, (merchant.host,))
        assert answer.status == status
        assert inside.requests == []


def test_a_response_without_end_is_cut_off():
    def flood(stream):
        stream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(10_000):
            stream.sendall(b"x" * 65_536)

    with a_merchant() as merchant:
        merchant.answer = flood
        answer = outbound_http.post(merchant.url, b"{}", {}, (merchant.host,))
    assert answer.status == 200
    assert len(answer.excerpt) == outbound_http.EXCERPT_LENGTH


def drip_head(stream):
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000:
        stream.sendall(bytes([byte]))
        time.sleep(0.02)


def drip_body(stream):
    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        stream.sendall(b"x")
        time.sleep(0.02)


@pytest.mark.parametrize("answer", [drip_head, drip_body, lambda _: time.sleep(20)])
def test_an_answer_that_drips_ends_with_the_deadline(answer):
    with a_merchant() as merchant:
        merchant.answer = answer
        started = time.monotonic()
        with pytest.raises(Unavailable):
            outbound_http.post(merchant.url, b"{}", {}, (merchant.host,), seconds_max=0.4)
        assert time.monotonic() - started < 15


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n"])
def test_an_answer_that_is_no_http_counts_as_none(answer):
    with a_merchant() as merchant:
        merchant.answer = answer
        with pytest.raises(Unavailable):
            outbound_http.post(merchant.url, b"{}", {}, (merchant.host,), seconds_max=2)


def test_a_closed_port_counts_as_no_answer():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody else can listen there, and we do not
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable):
            outbound_http.post(f"http://127.0.0.1:{port}/", b"{}", {}, ("127.0.0.1",))


def test_what_was_answered_is_kept_short_and_printable():
    with a_merchant() as merchant:
        merchant.answer = reply(500, b'oh\n{"level": "fake"}\x1b[31m\x00\xff')
        answer = outbound_http.post(merchant.url, b"{}", {}, (merchant.host,))
    assert answer.excerpt.startswith('oh {"level": "fake"} [31m')
    assert answer.excerpt.isprintable()


@pytest.mark.parametrize(("name", "trusted"), [("shop.test", True), ("other.test", False)])
def test_tls_is_checked_against_the_name_and_not_the_address(tmp_path, name, trusted):
    certificate = _self_signed(tmp_path, "shop.test")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    with a_merchant(server) as merchant:
        url = f"https://{name}:{merchant.port}/hook"

        def send():
            return outbound_http.post(
                url, b"{}", {}, (name,), find=lambda *_: ["127.0.0.1"], seconds_max=3,
                tls=lambda: ssl.create_default_context(cafile=str(certificate)),
            )  # fmt: skip

        if trusted:
            assert send().status == 200
        else:
            with pytest.raises(Unavailable):
                send()
            assert merchant.requests == []


def _self_signed(folder, name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ) + certificate.public_bytes(serialization.Encoding.PEM)
    )  # fmt: skip
    return path
