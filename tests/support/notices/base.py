"""What signers of all companies share: the payment that is told of, keys, OpenSSL."""

import json
import subprocess
import tempfile
from collections.abc import Callable
from typing import Any, NamedTuple

from chalicelib.providers.base import RawWebhook
from infra.local.counterparts.base_keys import new_key, private_pem
from infra.local.stack import Stack

# A signature in base64 of a text, by a private key in PEM.
Signer = Callable[[str, str], str]
Notices = dict[str, RawWebhook]


class Told(NamedTuple):
    """A payment of an order, as the API answered, and the page where its buyer pays.

    The page's end is what the company calls the payment.
    """

    order: Any
    payment: Any
    page: str

    @property
    def reference(self) -> str:
        return self.page.rpartition("/")[2]

    @property
    def minor(self) -> int:
        return int(self.payment["amount"]["amount_minor"])

    @property
    def yuan(self) -> str:
        return f"{self.minor // 100}.{self.minor % 100:02d}"


def by_openssl(text: str, key: str, digest: str = "-sha256") -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(key)
        file.flush()
        signed = ["openssl", "dgst", digest, "-sign", file.name]
        raw = subprocess.run(signed, input=text.encode(), capture_output=True, check=True).stdout
    encoded = ["openssl", "base64", "-A"]
    return subprocess.run(encoded, input=raw, capture_output=True, check=True).stdout.decode()


def by_openssl_sha_1(text: str, key: str) -> str:
    return by_openssl(text, key, "-sha1")


def flipped(notice: RawWebhook) -> RawWebhook:
    """One bit of it is another, in the midst of what it says."""
    changed = bytearray(notice.body)
    changed[len(changed) // 3] ^= 1
    return RawWebhook(bytes(changed), notice.headers)


def a_stranger() -> str:
    return private_pem(new_key())


def remembered(stack: Stack, name: str, file: str) -> dict[str, Any]:
    """A practice company's own keys."""
    path = stack.data_dir / "counterparts" / name / file
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
