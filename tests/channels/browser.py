"""A browser that subscribed: it has the private key, and reads what push services bring."""

import json
import os
from base64 import urlsafe_b64encode

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Browser:
    """Reads with another implementation than the one that wrote."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)

    @property
    def keys(self) -> dict[str, str]:
        public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"p256dh": _text(public), "auth": _text(self._auth)}

    @property
    def subscription(self) -> str:
        return json.dumps({"endpoint": self.endpoint, "keys": self.keys})

    def read(self, body: bytes) -> str:
        read = http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth)
        return bytes(read).decode()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
