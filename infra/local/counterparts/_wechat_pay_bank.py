"""WeChat Pay's way with money: a payment has an end, and a refund takes its time."""

import secrets
import time
from datetime import datetime

from infra.local.counterparts.base_bank import Bank, Refused
from infra.local.counterparts.base_ledger import Document

REFUND_SECONDS = 1.0
# How refunds of a payment end: the word that is told, or that a person has to act.
REFUND_OUTCOMES = ("succeeded", "abnormal", "closed")


def reference(kind: str) -> str:
    """As many digits as WeChat's own numbers have, drawn so that none can be guessed."""
    head, digits = ("5030", 25) if kind == "refund" else ("4200", 24)
    return head + "".join(secrets.choice("0123456789") for _ in range(digits))


def is_over(payment: Document) -> bool:
    """Nobody paid it in time."""
    if payment["status"] not in {"open", "declined"}:
        return False
    return datetime.fromisoformat(payment["time_expire"]).timestamp() < time.time()


class PatientBank(Bank):
    def pay(self, reference: str, outcome: str) -> Document:
        if is_over(self.load_payment(reference)):
            raise Refused(409, "payment_closed")
        return super().pay(reference, outcome)

    def end_refunds(self, payment_id: str, outcome: str) -> Document:
        """What becomes of refunds of a payment, of those too that wait for a person."""
        if outcome not in REFUND_OUTCOMES:
            raise Refused(400, "PARAM_ERROR")
        with self.ledger.transaction():
            payment = self._change(self.load_payment(payment_id), refunds_end=outcome)
            for waiting in self.ledger.list_refunds(payment["payment_id"]):
                if waiting["status"] == "abnormal" != outcome:
                    ended = self._ending(waiting, outcome, 0.0)
                    self.ledger.save("refund", ended["refund_id"], ended)
        self._wake()
        return payment

    def _given(self, refund: Document, payment: Document) -> Document:
        return self._ending(refund, payment.get("refunds_end", "succeeded"), REFUND_SECONDS)

    def _ending(self, refund: Document, outcome: str, seconds: float) -> Document:
        """Under way at first, and told when it is at its end."""
        ended = refund | {"status": outcome, "done_at": time.time() + seconds}
        self._tell(f"refund.{outcome}", ended, after=(seconds,))
        return ended
