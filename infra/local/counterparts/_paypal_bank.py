"""PayPal's way with money: the buyer approves, the merchant captures."""

import secrets
import string

from infra.local.counterparts.base_bank import OUTCOMES, Bank, Refused
from infra.local.counterparts.base_ledger import Document

_ALPHABET = string.ascii_uppercase + string.digits


def reference(kind: str) -> str:
    """17 characters, as PayPal's own; the last tells what it is."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return drawn + ("R" if kind == "refund" else "T")


class ApprovalBank(Bank):
    def _paid(self, payment: Document) -> Document:
        """On the page all approve; a card that will be declined is so when we are told to take.

        In the one wrong order the money is taken at once, and told before the approval.
        """
        if payment["outcome"] == "out_of_order":
            payment = self._captured(payment)
            self._tell("payment.approved", payment, after=(1.0,))
            return payment
        payment = self._change(payment, status="approved")
        self._tell("payment.approved", payment, after=OUTCOMES[payment["outcome"]])
        return payment

    def capture(self, reference: str) -> Document:
        with self.ledger.transaction():
            payment = self.load_payment(reference)
            if payment["status"] != "approved":
                is_done = payment["status"] == "captured"
                raise Refused(422, "ORDER_ALREADY_CAPTURED" if is_done else "ORDER_NOT_APPROVED")
            if payment["outcome"] == "failed":
                payment = self._change(payment, status="declined", reason="card_declined")
            else:
                payment = self._captured(payment)
        self._wake()
        if payment["status"] == "declined":
            raise Refused(422, "INSTRUMENT_DECLINED")
        return payment
