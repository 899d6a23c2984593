"""What a practice company does with money: open, pay, close, refund, and the events it tells."""

import secrets
import time
from collections.abc import Callable

from infra.local.counterparts.base_ledger import Document, Ledger

# When the capture's webhook is sent, in seconds after the payment.
OUTCOMES: dict[str, tuple[float, ...]] = {
    "succeeded": (0.0,),
    "failed": (0.0,),
    "webhook_lost": (),
    "wrong_amount": (0.0,),
    "duplicated": (0.0, 1.0, 2.0),
    "out_of_order": (0.0,),
    "delayed": (10.0,),
    "badly_signed": (0.0,),
}
PAYABLE = frozenset({"open", "declined"})


class Refused(Exception):
    """What was asked makes no sense here: `status` and `code` say why."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def fee_of(payment: Document) -> int:
    """0.6 % of what was taken, halves rounded up."""
    return int(payment["captured_minor"] * 6 + 500) // 1000


def named_reference(kind: str) -> str:
    """An address that cannot be guessed: whoever has it may pay, as on any payment page."""
    return f"{'sbr' if kind == 'refund' else 'sbp'}_{secrets.token_hex(12)}"


class Bank:
    """Every act is one transaction of the ledger; `wake` is called when there is news to send.

    `reference` makes the company's own id of a new "payment" or "refund".
    """

    def __init__(
        self,
        ledger: Ledger,
        wake: Callable[[], None] = lambda: None,
        reference: Callable[[str], str] = named_reference,
    ) -> None:
        self.ledger = ledger
        self._wake = wake
        self._reference = reference

    def load_payment(self, key: str) -> Document:
        """By the payment_id that the merchant gave, or by our reference."""
        return self._load("payment", key)

    def load_refund(self, key: str) -> Document:
        return self._load("refund", key)

    def open(self, payment_id: str, terms: Document) -> Document:
        """The payment of that id; asking again with the same terms returns the same one."""
        with self.ledger.transaction():
            found = self.ledger.find("payment", payment_id)
            if found is None:
                return self._begin(payment_id, "open", terms)
            if {name: found.get(name) for name in terms} != terms:
                raise Refused(422, "payment_id_used")
            return found

    def pay(self, reference: str, outcome: str) -> Document:
        """What the buyer did on the page. A declined payment can be paid again."""
        if outcome not in OUTCOMES:
            raise Refused(422, "unknown_outcome")
        with self.ledger.transaction():
            payment = self.load_payment(reference)
            if payment["status"] not in PAYABLE:
                raise Refused(409, f"payment_{payment['status']}")
            payment = self._paid(payment | {"outcome": outcome})
        self._wake()
        return payment

    def _paid(self, payment: Document) -> Document:
        """Declined or captured, as the payment's `outcome` says."""
        outcome = payment["outcome"]
        if outcome == "failed":
            payment = self._change(payment, status="declined", reason="card_declined")
            self._tell("payment.failed", payment)
            return payment
        payment = self._captured(payment)
        if outcome == "out_of_order":
            self._tell("payment.pending", payment, after=(1.0,))
        return payment

    def _captured(self, payment: Document) -> Document:
        outcome = payment["outcome"]
        taken = payment["amount_minor"] - (outcome == "wrong_amount")
        payment = self._change(
            payment, status="captured", captured_minor=taken, captured_at=time.time()
        )
        self._tell("payment.captured", payment, after=OUTCOMES[outcome])
        return payment

    def close(self, payment_id: str) -> Document:
        """From now on it cannot be paid; one that was never opened cannot be opened either."""
        with self.ledger.transaction():
            payment = self.ledger.find("payment", payment_id)
            if payment is None:
                return self._begin(payment_id, "closed", {})
            if payment["status"] in PAYABLE:
                payment = self._change(payment, status="closed")
                self._tell("payment.expired", payment)
        self._wake()
        return payment

    def give_back(
        self, refund_id: str, payment_id: str, amount_minor: int, **terms: object
    ) -> Document:
        """At most what was taken; asking again returns the same refund.

        `terms` are kept in it beside what the bank knows of every refund.
        """
        with self.ledger.transaction():
            payment = self.load_payment(payment_id)
            asked = {
                "refund_id": refund_id,
                "payment_id": payment["payment_id"],
                "amount_minor": amount_minor,
                **terms,
            }
            found = self.ledger.find("refund", refund_id)
            if found is not None:
                if {name: found.get(name) for name in asked} != asked:
                    raise Refused(422, "refund_id_used")
                return found
            refunded = payment["refunded_minor"] + amount_minor
            if refunded > payment["captured_minor"]:
                raise Refused(422, "refund_exceeds_captured")
            payment = self._change(payment, refunded_minor=refunded)
            refund = asked | self._fresh("refund") | {
                "order_id": payment["order_id"], "currency": payment["currency"],
                "payment_reference": payment["reference"],
            }  # fmt: skip
            refund = self._given(refund, payment)
            self.ledger.save("refund", refund_id, refund)
        self._wake()
        return refund

    def _given(self, refund: Document, payment: Document) -> Document:
        """Done at once; some companies take their time."""
        del payment
        refund = refund | {"status": "succeeded"}
        self._tell("refund.succeeded", refund)
        return refund

    def _load(self, kind: str, key: str) -> Document:
        document = self.ledger.find(kind, key)
        if document is None:
            raise Refused(404, "not_found")
        return document

    def _begin(self, payment_id: str, status: str, terms: Document) -> Document:
        started = {"payment_id": payment_id, "status": status, "reason": None}
        amounts = {"captured_minor": 0, "refunded_minor": 0}
        payment = terms | started | amounts | self._fresh("payment")
        self.ledger.save("payment", payment_id, payment)
        return payment

    def _change(self, payment: Document, **changes: object) -> Document:
        changed = payment | {"reason": None} | changes | {"updated_at": time.time()}
        self.ledger.save("payment", payment["payment_id"], changed)
        return changed

    def _tell(self, kind: str, data: Document, after: tuple[float, ...] = (0.0,)) -> None:
        now = time.time()
        event = {"event_id": f"sbe_{secrets.token_hex(12)}", "type": kind, "created": now}
        is_about_paying = kind in {"payment.approved", "payment.captured"}
        if is_about_paying and data.get("outcome") == "badly_signed":
            event["badly_signed"] = True
        self.ledger.add_event(event | {"data": data}, tuple(now + seconds for seconds in after))

    def _fresh(self, kind: str) -> Document:
        return {"reference": self._reference(kind), "updated_at": time.time()}
