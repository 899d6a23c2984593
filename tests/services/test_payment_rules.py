"""Money that is not where the books have it, and webhooks that nobody can place."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.domain import payments as money
from chalicelib.domain.ids import fresh
from chalicelib.domain.money import Money
from chalicelib.domain.payments import ProviderEvent
from chalicelib.domain.provider_records import ProviderRecord
from chalicelib.providers.base import RawWebhook
from chalicelib.services import case_actions, orders, orphans, webhooks
from chalicelib.services.case_actions import Wish
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from chalicelib.store import provider_records, webhook_inbox
from tests.contract.provider_samples import stripe as sample
from tests.factories import CUSTOMER, MANAGER, an_order_request, cny
from tests.services.sweeping import cases, make_queues, sweep_at
from tests.stripe_company import signed


def now():
    return datetime.now(UTC)


def later(**span):
    return now() + timedelta(**span)


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def placed(**overrides):
    request = an_order_request(**overrides)
    made = orders.place(request, CUSTOMER, fresh("key"), language="en", now=now())
    return made.file.order.order_id


def reload(order_id):
    return table.load_file(order_id)


def recorded(order_id, payment, *captured, **more):
    """What the provider's books say, noted as a match of the books does it."""
    record = ProviderRecord(
        provider="stripe", payment_id=payment.payment_id, reconciliation_id="rec_1",
        seen_at=now(), captured=captured, **more,
    )  # fmt: skip
    provider_records.save(order_id, record)
    table.redate(table.load_order(order_id), now())


class TestPaidNotRecorded:
    def test_the_provider_is_asked_and_the_order_confirmed(self, stripe):
        order_id = placed()
        payment = stripe.start(order_id)
        stripe.pay(payment.reference)
        recorded(order_id, payment, cny(1900))
        sweep_at(at=later(seconds=61))
        found = reload(order_id).order
        assert (found.status, found.payment_status) == ("confirmed", "paid")
        (case,) = cases("paid_not_recorded")
        assert [(run.action, run.outcome) for run in case.repairs] == [("ask_provider", "done")]
        assert case.status == "resolved"

    def test_it_stays_with_people_while_the_provider_says_otherwise(self, stripe):
        order_id = placed()
        payment = stripe.start(order_id)
        recorded(order_id, payment, cny(1900))
        sweep_at(at=later(seconds=61))
        (case,) = cases("paid_not_recorded", "open")
        assert case.repairs[-1].outcome == "nothing_to_do"


class TestUnlikeTheProvidersBooks:
    @pytest.fixture
    def paid(self, stripe):
        order_id = placed()
        payment = stripe.start(order_id)
        stripe.deliver(stripe.pay(payment.reference))
        return order_id, payment

    @pytest.mark.parametrize(
        ("rule", "captured", "more"),
        [
            ("payment_mismatch", (), {}),
            ("payment_mismatch", (cny(1899),), {}),
            ("payment_mismatch", (Money(1900, "USD"),), {}),
            ("duplicate_charge", (cny(1900), cny(1900)), {}),
        ],
    )
    def test_each_difference_is_a_case_until_the_books_agree(self, paid, rule, captured, more):
        order_id, payment = paid
        recorded(order_id, payment, *captured, **more)
        sweep_at(at=later(seconds=1))
        (case,) = cases(rule, "open")
        assert case.subject.id == order_id
        assert case.severity == "critical"
        provider_records.delete(order_id, payment.payment_id)
        sweep_at(at=later(minutes=2))
        assert cases(rule, "open") == []


class TestDuplicateCharge:
    def paid_twice(self, stripe, **overrides):
        """The older payment could not be closed in time, and both were paid."""
        order_id = placed(**overrides)
        first = stripe.start(order_id)
        file = reload(order_id)
        second = msgspec.structs.replace(
            file.payments[0], payment_id="pay_second", created_at=later(seconds=1), reference=None
        )
        orders.save(money.begin(file.order, second, orders.actor_of(CUSTOMER), now()), now())
        stripe.deliver(stripe.pay(first.reference))
        reference = f"pi_{len(stripe.intents) + 1}"
        ids = {"order_id": order_id, "payment_id": "pay_second"}
        amount = first.amount.amount_minor
        stripe.intents[reference] = sample.intent(
            "succeeded", id=reference, amount=amount, amount_received=amount, metadata=ids
        )
        stripe.deliver(stripe.happened("payment_intent.succeeded", stripe.intents[reference]))
        return order_id

    def test_what_the_order_did_not_need_is_given_back(self, stripe):
        order_id = self.paid_twice(stripe)
        assert reload(order_id).order.captured_minor == 3800
        sweep_at(at=later(seconds=2))
        file = reload(order_id)
        assert [(r.payment_id, r.amount, r.status) for r in file.refunds] == [
            ("pay_second", cny(1900), "succeeded")
        ]
        assert (file.order.due_minor, file.order.status) == (0, "confirmed")
        (case,) = cases("duplicate_charge")
        assert case.status == "resolved"
        assert cases("payment_mismatch") == []
        assert check_invariants(now()) == []
        sweep_at(at=later(minutes=2))
        assert len(reload(order_id).refunds) == 1

    def test_above_the_limit_a_person_decides(self, stripe):
        order_id = self.paid_twice(stripe, line_items=[{"sku": "bread", "quantity": 50}])
        sweep_at(at=later(seconds=2))
        (case,) = cases("duplicate_charge", "open")
        assert (case.needs_approval, case.repairs) == (True, ())
        assert reload(order_id).refunds == ()

        case_actions.act(case.case_id, Wish(action="repair"), MANAGER, later(seconds=5))
        assert [refund.status for refund in reload(order_id).refunds] == ["succeeded"]
        (case,) = cases("duplicate_charge")
        assert (case.status, case.needs_approval) == ("resolved", False)


class TestOrphans:
    def unknown(self, stripe, order_id="ord_nobody", payment_id="pay_nobody"):
        ids = {"order_id": order_id, "payment_id": payment_id}
        reference = f"pi_{len(stripe.intents) + 1}"
        stripe.intents[reference] = sample.intent(
            "succeeded", id=reference, amount=1900, amount_received=1900, metadata=ids
        )
        return stripe.happened("payment_intent.succeeded", stripe.intents[reference])

    def test_an_event_for_no_known_order_is_kept_and_opens_a_case(self, stripe):
        event = self.unknown(stripe)
        assert stripe.deliver(event) == 200
        sweep_at(at=now())
        (case,) = cases("webhook_orphan", "open")
        assert (case.subject.type, case.subject.id) == ("provider", "stripe")
        assert event["id"] in case.summary["en"]
        assert case.repairs[-1].action == "look_up_orphans"

    def test_it_ends_when_the_order_is_known_after_all(self, stripe):
        order_id = placed()
        early = ProviderEvent(
            provider="stripe", event_id="evt_early", kind="payment.captured",
            raw_type="payment_intent.succeeded", occurred_at=now(), order_id=order_id,
            payment_id="pay_late", amount=cny(1900),
        )  # fmt: skip
        assert webhooks.take(early, b"{}", now()) == "orphan"
        payment = stripe.start(order_id)
        provider_late(order_id, msgspec.structs.replace(payment, payment_id="pay_late"))
        sweep_at(at=now())
        assert webhook_inbox.find("stripe", "evt_early").verdict == "applied"
        assert reload(order_id).order.payment_status == "paid"
        sweep_at(at=later(minutes=1))
        assert cases("webhook_orphan", "open") == []

    def test_people_can_say_that_it_is_none_of_ours(self, stripe):
        stripe.deliver(self.unknown(stripe))
        sweep_at(at=now())
        (case,) = cases("webhook_orphan", "open")
        case_actions.act(case.case_id, Wish(action="resolve"), MANAGER, now())
        assert cases("webhook_orphan", "open") == []
        sweep_at(at=later(minutes=1))
        assert cases("webhook_orphan", "open") == []

    def test_looking_up_three_times_applies_once(self, stripe):
        stripe.deliver(self.unknown(stripe))
        assert [orphans.look_up("stripe", now()).applied for _ in range(3)] == [0, 0, 0]


def provider_late(order_id, payment):
    """The payment comes to be in the order's file after its event did."""
    order = table.load_order(order_id)
    orders.save(money.begin(order, payment, orders.actor_of(CUSTOMER), now()), now())


class TestForgeries:
    def forge(self, count=1):
        raw = signed({"id": "evt_1", "type": "payment_intent.succeeded", "created": 1, "data": {}})
        raw = RawWebhook(raw.body + b" ", raw.headers)
        return [webhooks.receive("stripe", raw, now()).status for _ in range(count)]

    def test_a_burst_in_a_providers_name_is_told_and_ends_by_itself(self, stripe):
        assert self.forge(4) == [400] * 4
        sweep_at(at=now())
        assert cases("webhook_forged") == []
        self.forge()
        sweep_at(at=now())
        (case,) = cases("webhook_forged", "open")
        assert (case.subject.id, case.severity) == ("stripe", "critical")
        assert "5 webhooks" in case.summary["en"]
        sweep_at(at=later(minutes=25))
        assert cases("webhook_forged", "open") == []

    def test_nothing_but_the_count_is_kept(self, stripe):
        self.forge(2)
        assert webhook_inbox.find("stripe", "evt_1") is None
