"""WeChat Pay as its SDKs for node see it: they sign, seal, verify and open what tests send."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.providers.base import RawWebhook
from tests.providers.http_double import Answer, HttpDouble
from tests.providers.node_sdk import NodeSdk

MCHID, APPID = "1900009191", "wx8888888888888888"
API_V3_KEY = "0123456789abcdef0123456789ABCDEF"
SERIAL = "PUB_KEY_ID_0119000091912026112200"
ask = NodeSdk("wechat_sdk.cjs").ask


@cache
def keys(_owner: str) -> tuple[str, str]:
    """An owner's private and public key in PEM, the same ones whenever they are asked for."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def secrets(api_base: str, **changes: Any) -> dict[str, Any]:
    """What Docket holds of the merchant and of the platform."""
    return {
        "mchid": MCHID,
        "appid": APPID,
        "api_v3_key": API_V3_KEY,
        "merchant_private_key": keys("merchant")[0],
        "merchant_serial": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
        "platform_keys": {SERIAL: keys("platform")[1]},
        "api_base": api_base,
        **changes,
    }


def signed_headers(
    body: str, now: datetime, *, signer: str = "platform", serial: str = SERIAL
) -> dict[str, str]:
    """The headers of an answer or a notification, names in lower case as they reach a provider."""
    timestamp, nonce = str(int(now.timestamp())), "sBsNtbTZTDpHxDSo3X0OCnJZzPkE6Bdp"
    text = ask("response", timestamp=timestamp, nonce=nonce, body=body)
    return {
        "wechatpay-timestamp": timestamp,
        "wechatpay-nonce": nonce,
        "wechatpay-serial": serial,
        "wechatpay-signature": ask("sign", text=text, key=keys(signer)[0]),
        "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
    }


def sealed(
    event_id: str, event_type: str, content: dict[str, Any], key: str = API_V3_KEY
) -> dict[str, Any]:
    """A notification, as WeChat Pay documents it, around encrypted content."""
    kind, nonce = event_type.partition(".")[0].lower(), "fdasflkja484"
    return {
        "id": event_id,
        "create_time": "2026-11-22T17:30:00+08:00",
        "resource_type": "encrypt-resource",
        "event_type": event_type,
        "summary": "支付成功",
        "resource": {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": ask(
                "seal", text=json.dumps(content), key=key, nonce=nonce, associated=kind
            ),
            "associated_data": kind,
            "nonce": nonce,
        },
    }


def notification(
    event_type: str, content: dict[str, Any], now: datetime, event_id: str = "EV-1"
) -> RawWebhook:
    body = json.dumps(sealed(event_id, event_type, content), ensure_ascii=False)
    return RawWebhook(body.encode(), signed_headers(body, now))


def answered(value: Any, status: int = 200) -> HttpDouble:
    """A double that gives one signed answer to everything."""
    body = "" if value is None else json.dumps(value)
    return HttpDouble(
        lambda _: Answer(status, body.encode(), signed_headers(body, datetime.now(UTC)))
    )
