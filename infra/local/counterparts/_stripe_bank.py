"""Stripe's way with money: an intent is confirmed with a card, some of which ask their bank first.

The numbers are those of Stripe's own test cards; every other one that is well formed pays.
"""

import secrets
import string
import time
from urllib.parse import urlencode

from infra.local.counterparts.base_bank import PAYABLE, Bank, Refused
from infra.local.counterparts.base_ledger import Document

_ALPHABET = string.ascii_letters + string.digits
_VERDICTS = frozenset({"won", "lost"})
_DAYS_FOR_EVIDENCE = 9
DECLINED = frozenset({"4000000000000002", "pm_card_visa_chargeDeclined"})
ASKED_ABOUT = frozenset({"4000002760003184", "4000002500003155", "pm_card_authenticationRequired"})


def drawn(prefix: str) -> str:
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(24))}"


def reference(kind: str) -> str:
    return drawn("re" if kind == "refund" else "pi")


def is_number(card: str) -> bool:
    """Whether its last digit fits the others."""
    if not (card.isascii() and card.isdigit() and 12 <= len(card) <= 19):
        return False
    doubled = [int(digit) * 2 for digit in card[-2::-2]]
    rest = [int(digit) for digit in card[-1::-2]]
    return sum(rest + [digit - 9 if digit > 9 else digit for digit in doubled]) % 10 == 0


class StripeBank(Bank):
    def confirm(
        self, key: str, card: str, outcome: str, *, return_url: str, language: str
    ) -> Document:
        """The buyer's card, or the name of a test card. `outcome` is what befalls one that pays."""
        payment = self.load_payment(key)
        if payment["status"] not in PAYABLE:
            raise Refused(400, "payment_intent_unexpected_state")
        if card in ASKED_ABOUT:
            return self._lead_to_bank(key, return_url, language)
        return self.pay(key, "failed" if card in DECLINED else outcome)

    def claim_back(self, key: str, outcome: str) -> Document:
        """The bank wants what is left of the money: `opened`, and at last `won` or `lost`."""
        with self.ledger.transaction():
            payment = self.load_payment(key)
            known = self.ledger.find("dispute", payment["payment_id"])
            left = payment["captured_minor"] - payment["refunded_minor"]
            is_over = known is not None and known["status"] in _VERDICTS
            if outcome not in {"opened", *_VERDICTS} or is_over or left <= 0:
                raise Refused(422, "no_such_dispute")
            dispute = (known or self._claim(payment, left)) | {"status": outcome}
            self.ledger.save("dispute", payment["payment_id"], dispute)
            self._tell("dispute.closed" if outcome in _VERDICTS else "dispute.opened", dispute)
        self._wake()
        return dispute

    def _claim(self, payment: Document, left: int) -> Document:
        now = time.time()
        return {
            "reference": drawn("dp"),
            "payment_reference": payment["reference"],
            "amount_minor": left,
            "currency": payment["currency"],
            "created": now,
            "due_by": now + _DAYS_FOR_EVIDENCE * 86_400,
        }

    def _lead_to_bank(self, key: str, return_url: str, language: str) -> Document:
        """The payment page is the bank's, and leads back."""
        if not return_url.startswith(("http://", "https://")):
            raise Refused(400, "parameter_missing")
        with self.ledger.transaction():
            payment = self.load_payment(key)
            told = {
                "payment_intent": payment["reference"],
                "payment_intent_client_secret": payment["client_secret"],
            }
            back = f"{return_url}{'&' if '?' in return_url else '?'}{urlencode(told)}"
            shown = {"return_url": back, "language": language}
            payment = self._change(payment, status="open", is_asked_about=True, **shown)
            self._tell("payment.pending", payment)
        self._wake()
        return payment

    def _paid(self, payment: Document) -> Document:
        return super()._paid(payment | {"is_asked_about": False})

    def _fresh(self, kind: str) -> Document:
        fresh = super()._fresh(kind)
        fresh["created"] = fresh["updated_at"]
        if kind == "payment":
            fresh["client_secret"] = drawn(f"{fresh['reference']}_secret")
        return fresh
