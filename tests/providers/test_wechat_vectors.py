"""Signatures and secrets of WeChat Pay that its own SDKs publish in their tests."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.providers import base_rsa
from chalicelib.providers._wechat_pay_envelope import Resource, unseal
from chalicelib.providers.base import InvalidSignature, RawWebhook
from chalicelib.providers.wechat_pay import PROVIDER


def vector(name):
    """The published sample, wherever this checkout lies beside the folder of vectors."""
    for above in Path(__file__).resolve().parents:
        path = above / "shared" / "vectors" / name
        if path.exists():
            return json.loads(path.read_text(encoding="utf-8"))
    return pytest.skip(f"the published vectors are not here: {name}")


def a_notification():
    """A genuine one, what its receiver has as secrets, and the time at which it was sent."""
    sample = vector("wechat_notify_go.json")
    headers = {name.lower(): value for name, value in sample["headers"].items()}
    secrets = {
        "mchid": "1234567890",
        "appid": "054aa7d7a2a54ab5898df65bd96f001c",
        "api_v3_key": sample["apiv3_key"],
        "platform_keys": {headers["wechatpay-serial"]: sample["platform_certificate_pem"]},
    }
    sent_at = datetime.fromtimestamp(int(headers["wechatpay-timestamp"]), UTC)
    return RawWebhook(sample["body"].encode(), headers), secrets, sent_at


def test_a_genuine_notification_is_verified_opened_and_kept_as_none_of_ours():
    webhook, secrets, sent_at = a_notification()
    event = PROVIDER.verify(secrets, webhook, sent_at)
    assert (event.event_id, event.raw_type, event.kind) == (
        "3119dfba-e649-5eec-ab1e-3412bc4d2e17", "PAYSCORE.USER_OPEN_SERVICE", None,
    )  # fmt: skip


def test_it_is_refused_to_other_merchants_and_apps_and_when_it_is_old():
    webhook, secrets, sent_at = a_notification()
    for other in ({"mchid": "1234567891"}, {"appid": "wx0"}, {"api_v3_key": "x" * 16}):
        with pytest.raises(InvalidSignature):
            PROVIDER.verify(secrets | other, webhook, sent_at)
    with pytest.raises(InvalidSignature):
        PROVIDER.verify(secrets, webhook, sent_at + timedelta(seconds=301))


@pytest.mark.parametrize(
    ("name", "certificate"),
    [
        ("wechat_rsa_go.json", "platform_certificate_pem"),
        ("wechat_rsa_java.json", "certificate_pem"),
    ],
)
def test_a_published_signature_fits_its_message_alone(name, certificate):
    sample = vector(name)
    key = base_rsa.public_key(sample[certificate])
    assert base_rsa.verified(key, sample["message"].encode(), sample["signature"])
    assert not base_rsa.verified(key, b"wrong source", sample["signature"])


def test_a_published_secret_is_opened_with_its_key_alone():
    sample = vector("wechat_aes256gcm_java.json")
    resource = Resource(
        algorithm="AEAD_AES_256_GCM",
        ciphertext=sample["ciphertext_b64"],
        nonce=sample["nonce"],
        associated_data=sample["associated_data"],
    )
    assert unseal({"api_v3_key": sample["apiv3_key"]}, resource) == sample["plaintext"].encode()
    sealed = bytearray(base64.b64decode(sample["ciphertext_b64"]))
    sealed[0] ^= 1
    resource.ciphertext = base64.b64encode(sealed).decode()
    with pytest.raises(InvalidSignature):
        unseal({"api_v3_key": sample["apiv3_key"]}, resource)
