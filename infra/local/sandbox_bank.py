"""What the sandbox provider does with money: open, pay, close, refund, and the events it tells."""

import secrets
import time
from collections.abc import Callable

from infra.local.sandbox_ledger import Document, Ledger

# When the capture's webhook is sent, in seconds after the payment.
OUTCOMES: dict[str, tuple[float, ...]] = {
    "succeeded": (0.0,),
    "failed": (0.0,),
    "webhook_lost": (),
    "wrong_amount": (0.0,),
    "duplicated": (0.0, 1.0, 2.0),
    "out_of_order": (0.0,),
}
PAYABLE = frozenset({"open", "declined"})


class Refused(Exception):
    """What was asked makes no sense here: `status` and `code` say why."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Bank:
    """Every act is one transaction of the ledger; `wake` is called when there is news to send."""

    def __init__(self, ledger: Ledger, wake: Callable[[], None] = lambda: None) -> None:
        self._ledger = ledger
        self._wake = wake

    def load_payment(self, key: str) -> Document:
        """By the payment_id that the merchant gave, or by our reference."""
        return self._load("payment", key)

    def load_refund(self, key: str) -> Document:
        return self._load("refund", key)

    def open(self, payment_id: str, terms: Document) -> Document:
        """The payment of that id; asking again with the same terms returns the same one."""
        with self._ledger.transaction():
            found = self._ledger.find("payment", payment_id)
            if found is None:
                return self._begin(payment_id, "open", terms)
            if {name: found.get(name) for name in terms} != terms:
                raise Refused(422, "payment_id_used")
            return found

    def pay(self, reference: str, outcome: str) -> Document:
        """What the buyer did on the page. A declined payment can be paid again."""
        if outcome not in OUTCOMES:
            raise Refused(422, "unknown_outcome")
        with self._ledger.transaction():
            payment = self.load_payment(reference)
            if payment["status"] not in PAYABLE:
                raise Refused(409, f"payment_{payment['status']}")
            if outcome == "failed":
                payment = self._change(payment, status="declined", reason="card_declined")
                self._tell("payment.failed", payment)
            else:
                taken = payment["amount_minor"] - (outcome == "wrong_amount")
                payment = self._change(payment, status="captured", captured_minor=taken)
                self._tell("payment.captured", payment, after=OUTCOMES[outcome])
                if outcome == "out_of_order":
                    self._tell("payment.pending", payment, after=(1.0,))
        self._wake()
        return payment

    def close(self, payment_id: str) -> Document:
        """From now on it cannot be paid; one that was never opened cannot be opened either."""
        with self._ledger.transaction():
            payment = self._ledger.find("payment", payment_id)
            if payment is None:
                return self._begin(payment_id, "closed", {})
            if payment["status"] in PAYABLE:
                payment = self._change(payment, status="closed")
                self._tell("payment.expired", payment)
        self._wake()
        return payment

    def give_back(self, refund_id: str, payment_id: str, amount_minor: int) -> Document:
        """At most what was taken; asking again returns the same refund."""
        asked = {"refund_id": refund_id, "payment_id": payment_id, "amount_minor": amount_minor}
        with self._ledger.transaction():
            payment = self.load_payment(payment_id)
            found = self._ledger.find("refund", refund_id)
            if found is not None:
                if {name: found[name] for name in asked} != asked:
                    raise Refused(422, "refund_id_used")
                return found
            refunded = payment["refunded_minor"] + amount_minor
            if refunded > payment["captured_minor"]:
                raise Refused(422, "refund_exceeds_captured")
            self._change(payment, refunded_minor=refunded)
            refund = asked | _fresh("sbr") | {
                "status": "succeeded", "order_id": payment["order_id"],
                "currency": payment["currency"], "payment_reference": payment["reference"],
            }  # fmt: skip
            self._ledger.save("refund", refund_id, refund)
            self._tell("refund.succeeded", refund)
        self._wake()
        return refund

    def _load(self, kind: str, key: str) -> Document:
        document = self._ledger.find(kind, key)
        if document is None:
            raise Refused(404, "not_found")
        return document

    def _begin(self, payment_id: str, status: str, terms: Document) -> Document:
        started = {"payment_id": payment_id, "status": status, "reason": None}
        amounts = {"captured_minor": 0, "refunded_minor": 0}
        payment = terms | started | amounts | _fresh("sbp")
        self._ledger.save("payment", payment_id, payment)
        return payment

    def _change(self, payment: Document, **changes: object) -> Document:
        changed = payment | {"reason": None} | changes | {"updated_at": time.time()}
        self._ledger.save("payment", payment["payment_id"], changed)
        return changed

    def _tell(self, kind: str, data: Document, after: tuple[float, ...] = (0.0,)) -> None:
        now = time.time()
        event = {"event_id": f"sbe_{secrets.token_hex(12)}", "type": kind, "created": now}
        due_at = tuple(now + seconds for seconds in after)
        self._ledger.add_event(event | {"data": data}, due_at)


def _fresh(prefix: str) -> Document:
    """An address that cannot be guessed: whoever has it may pay, as on any payment page."""
    return {"reference": f"{prefix}_{secrets.token_hex(12)}", "updated_at": time.time()}
