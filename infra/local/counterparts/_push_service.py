"""The practice push service, and the browsers that subscribe at it (RFC 8030, 8291, 8292).

POST /devices {"application_server_key"?}  a browser subscribes: {"device_id", "endpoint", "keys"}
POST /devices/{device_id}/leave            it is gone: 410 from now on
POST /p/{device_id}                        a message for it, as real push services take it
GET  /messages                             what browsers showed, the newest first
It takes nothing that a real one would not: the sender's token and key, the headers, the length and
the encryption are checked, the message is read with the browser's private key. Its API fails on
demand: `base_faults`.
"""

import json
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.channels._push_encryption import CURVE, encoded
from infra.local.counterparts._push_messages import decrypt, unpacked, verified_key
from infra.local.counterparts.base import Answer, Desk, Refused, Request, json_answer, routed
from infra.local.counterparts.base_ledger import Document

NAME = "push"  # its prefix, beside those of the companies
_BODY_BYTES_MAX = 4096
_LIST_MAX = 100
_TOPIC = re.compile(r"[\w-]{1,32}")
_URGENCIES = frozenset({"very-low", "low", "normal", "high"})


class PushService:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._origin = desk.api_base.removesuffix(f"/{NAME}")

    def answer(self, request: Request) -> Answer:
        (_, _, act), keys = routed(request, _ROUTES)
        return act(self, request, *keys)

    def refusal(self, refused: Refused) -> Answer:
        return json_answer(refused.status, {"error": {"code": refused.code}})

    def subscribe(self, request: Request) -> Answer:
        """A browser's keys stay here; what it would tell its page goes out."""
        wish = request.json() if request.body else {}
        key, auth = ec.generate_private_key(CURVE), secrets.token_bytes(16)
        device_id = secrets.token_urlsafe(16)
        device = {
            "reference": device_id,
            "private": str(key.private_numbers().private_value),
            "auth": _text(auth),
            "sender": str(wish.get("application_server_key", "")),
            "is_gone": False,
        }
        self.desk.ledger.save("device", device_id, device)
        told = {
            "device_id": device_id,
            "endpoint": f"{self.desk.api_base}/p/{device_id}",
            "keys": {"p256dh": _text(encoded(key.public_key())), "auth": device["auth"]},
        }
        return json_answer(201, told)

    def leave(self, _: Request, device_id: str) -> Answer:
        device = self._load(device_id)
        self.desk.ledger.save("device", device_id, device | {"is_gone": True})
        return json_answer(200, {"device_id": device_id})

    def take(self, request: Request, device_id: str) -> Answer:
        device = self._load(device_id)
        if device["is_gone"]:
            raise Refused(410, "subscription_gone")
        headers = request.headers
        sender = verified_key(headers.get("authorization", ""), self._origin, time.time())
        if device["sender"] not in {"", sender}:
            raise Refused(403, "subscribed_to_another_sender")
        _check(headers, request.body)
        key = ec.derive_private_key(int(device["private"]), CURVE)
        text = decrypt(request.body, key, unpacked(device["auth"])).decode()
        message_id = secrets.token_urlsafe(16)
        self.desk.ledger.save("push", message_id, _shown(message_id, device_id, headers, text))
        location = f"{self.desk.api_base}/m/{message_id}"
        return Answer(201, headers={"Location": location, "TTL": headers["ttl"]})

    def list_newest(self, _: Request) -> Answer:
        return json_answer(200, {"items": self.desk.ledger.list_newest("push", _LIST_MAX)})

    def _load(self, device_id: str) -> Document:
        device = self.desk.ledger.find("device", device_id)
        if device is None:
            raise Refused(404, "subscription_unknown")
        return device


def _check(headers: Mapping[str, str], body: bytes) -> None:
    if headers.get("content-encoding") != "aes128gcm":
        raise Refused(415, "not_encrypted")
    if len(body) > _BODY_BYTES_MAX:
        raise Refused(413, "message_too_long")
    if not headers.get("ttl", "").isdigit():
        raise Refused(400, "no_ttl")
    if headers.get("urgency", "normal") not in _URGENCIES:
        raise Refused(400, "wrong_urgency")
    if not _TOPIC.fullmatch(headers.get("topic", "t")):
        raise Refused(400, "wrong_topic")


def _shown(message_id: str, device_id: str, headers: Mapping[str, str], text: str) -> Document:
    return {
        "reference": message_id,
        "device_id": device_id,
        "at": datetime.now(UTC).isoformat(),
        "ttl": int(headers["ttl"]),
        "urgency": headers.get("urgency", "normal"),
        "topic": headers.get("topic", ""),
        "text": text,
        "message": json.loads(text),
    }


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


_DEVICE = r"([\w-]{1,64})"
_ROUTES = (
    ("POST", r"/devices", PushService.subscribe),
    ("POST", rf"/devices/{_DEVICE}/leave", PushService.leave),
    ("POST", rf"/p/{_DEVICE}", PushService.take),
    ("GET", r"/messages", PushService.list_newest),
)
