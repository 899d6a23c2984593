"""Alipay's notices, signed by its own SDK and by another with the practice company's key."""

from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

from alipay import AliPay

from chalicelib.domain.ids import fresh
from chalicelib.providers.base import RawWebhook
from infra.local.stack import Stack
from tests.contract.provider_samples import alipay as sample
from tests.providers.node_sdk import NodeSdk
from tests.support.notices.base import Notices, Signer, Told, a_stranger, flipped, remembered

_BEIJING = timezone(timedelta(hours=8))
_node = NodeSdk("alipay_sdk.cjs").ask


def _python_alipay(key: str, sign_type: str = "RSA2") -> AliPay:
    return AliPay(
        appid=sample.KEY,
        app_private_key_string=key,
        alipay_public_key_string=sample.armored(sample.public_form("alipay"), "PUBLIC KEY"),
        sign_type=sign_type,
    )


SIGNERS: dict[str, Signer] = {
    "alipay-sdk": lambda text, key: _node("sign", content=text, key=key),
    "python-alipay-sdk": lambda text, key: _python_alipay(key)._sign(text),
}


class Alipay:
    name, way = "alipay", {"provider": "alipay", "method": "qr"}
    accepted, refused = (200, "success"), (200, "failure")
    is_asked_back = False
    signers = SIGNERS

    def __init__(self, stack: Stack) -> None:
        self._account = remembered(stack, self.name, "account.json")

    def paid(self, told: Told, sdk: str = "alipay-sdk", **changes: str) -> RawWebhook:
        return self._signed(self._fields(told) | changes, self.signers[sdk])

    def forged(self, told: Told) -> Notices:
        fields, sign = self._fields(told), self.signers["alipay-sdk"]
        sha_1 = _python_alipay(self._account["alipay_private_key"], "RSA")
        return {
            "one flipped byte": flipped(self._signed(fields, sign)),
            "a wrong key": self._signed(fields, sign, key=a_stranger()),
            "the merchant's own key": self._signed(
                fields, sign, key=self._account["app_private_key"]
            ),
            "a SHA-1 signature": self._signed(fields, lambda text, _: sha_1._sign(text)),
            "one that says so": self._signed(fields, lambda text, _: sha_1._sign(text), "RSA"),
            "a foreign seller": self.paid(told, seller_id="2088000000000666"),
            "a foreign app": self.paid(told, app_id="2021000000000666"),
        }

    def _fields(self, told: Told) -> dict[str, str]:
        ours = {name: self._account[name] for name in ("app_id", "seller_id")}
        return sample.notification(
            "TRADE_SUCCESS",
            out_trade_no=told.payment["payment_id"],
            passback_params=told.order["order_id"],
            trade_no=told.reference,
            notify_id=fresh("nid"),
            gmt_payment=datetime.now(_BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            **dict.fromkeys(("total_amount", "receipt_amount", "invoice_amount"), told.yuan),
            **ours,
        )

    def _signed(
        self, fields: dict[str, str], sign: Signer, sign_type: str = "RSA2", *, key: str = ""
    ) -> RawWebhook:
        text = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
        signature = sign(text, key or self._account["alipay_private_key"])
        return sample.form(urlencode(fields | {"sign": signature, "sign_type": sign_type}))
