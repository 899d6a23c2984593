"""WeChat Pay's notices, sealed and signed by three SDKs with the practice company's key."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from wechatpayv3.utils import load_private_key, rsa_sign

from chalicelib.domain.clock import rfc3339
from chalicelib.domain.ids import fresh
from chalicelib.providers.base import RawWebhook
from infra.local.stack import Stack
from tests.contract.provider_samples import wechat_pay as sample
from tests.providers import wechat_sdk
from tests.support.notices.base import (
    Notices,
    Signer,
    Told,
    a_stranger,
    by_openssl_sha_1,
    flipped,
    remembered,
)

SIGNERS: dict[str, Signer] = {
    "wechatpay-axios-plugin": lambda text, key: wechat_sdk.ask("sign", text=text, key=key),
    "wechatpay-node-v3": lambda text, key: wechat_sdk.ask(
        "sign_with_other_sdk", text=text, key=key
    ),
    "wechatpayv3": lambda text, key: rsa_sign(load_private_key(key), text),
}


class WeChatPay:
    name, way = "wechat_pay", {"provider": "wechat_pay", "method": "qr"}
    accepted, refused = (204, ""), (401, '{"code":"FAIL","message":"失败"}')
    is_asked_back = False
    signers = SIGNERS

    def __init__(self, stack: Stack) -> None:
        self._keys = remembered(stack, self.name, "keys.json")

    def paid(self, told: Told, sdk: str = "wechatpay-axios-plugin", **changes: Any) -> RawWebhook:
        return self._signed(self._body(told, **changes), self.signers[sdk])

    def forged(self, told: Told) -> Notices:
        body, sign = self._body(told), self.signers["wechatpay-axios-plugin"]
        genuine = self._signed(body, sign)
        signature = genuine.headers["wechatpay-signature"]
        probe = {"wechatpay-signature": f"WECHATPAY/SIGNTEST/{signature[19:]}"}
        return {
            "one flipped byte": flipped(genuine),
            "a wrong key": self._signed(body, sign, key=a_stranger()),
            "an old timestamp": self._signed(body, sign, age=timedelta(minutes=6)),
            "a SHA-1 signature": self._signed(body, by_openssl_sha_1),
            "WeChat's own probe": RawWebhook(genuine.body, {**genuine.headers, **probe}),
            "a foreign merchant": self.paid(told, mchid="1900000000"),
            "a foreign app": self.paid(told, appid="wx0000000000000000"),
        }

    def _body(self, told: Told, **changes: Any) -> str:
        ours = {name: self._keys[name] for name in ("mchid", "appid")}
        content = sample.trade(
            "SUCCESS",
            out_trade_no=told.payment["payment_id"],
            attach=told.order["order_id"],
            transaction_id=told.reference,
            success_time=rfc3339(datetime.now(UTC)),
            amount={"total": told.minor, "payer_total": told.minor, "currency": "CNY"},
        )
        sealed = wechat_sdk.sealed(
            fresh("EV"), "TRANSACTION.SUCCESS", content | ours | changes, self._keys["api_v3_key"]
        )
        return json.dumps(sealed, ensure_ascii=False)

    def _signed(
        self, body: str, sign: Signer, *, key: str = "", age: timedelta = timedelta(0)
    ) -> RawWebhook:
        stamp, nonce = str(int((datetime.now(UTC) - age).timestamp())), uuid.uuid4().hex
        text = wechat_sdk.ask("response", timestamp=stamp, nonce=nonce, body=body)
        headers = {
            "content-type": "application/json",
            "wechatpay-timestamp": stamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": self._keys["platform_serial"],
            "wechatpay-signature": sign(text, key or self._keys["platform_private_key"]),
            "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
        }
        return RawWebhook(body.encode(), headers)
