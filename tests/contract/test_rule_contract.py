"""What every rule promises, over all the rules there are."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib import plugins
from chalicelib.domain.exception_cases import Subject
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Fulfillment
from chalicelib.domain.repair_patience import PATIENCE, Action
from chalicelib.domain.text import LANGUAGES, both
from chalicelib.domain.thresholds import DEFAULTS, THRESHOLD_FIELDS, RuleSettings
from chalicelib.rules.base import (
    BufferEvidence,
    CustomerEvidence,
    DriftEvidence,
    ForgeryEvidence,
    FunctionEvidence,
    OrderRule,
    OrphanEvidence,
    QueueEvidence,
    RateEvidence,
    StockEvidence,
    SubjectRule,
)
from chalicelib.services.repairs import ACTIONS
from tests.rules.stories import NOON, Story

CONTRACT = frozenset({
    "stock_shortage", "payment_failed", "payment_stale", "payment_mismatch", "paid_not_recorded",
    "duplicate_charge", "late_capture", "delivery_late", "delivery_failed", "duplicate_order",
    "order_not_returned", "outbox_stuck", "notification_failed", "state_stalled",
    "reservation_leaked", "stock_drift", "refund_stuck", "webhook_orphan", "webhook_forged",
    "buffer_undrained", "dead_letters", "sweep_missed", "order_rate_anomaly", "suspected_fraud",
})  # fmt: skip
A_DAY = timedelta(days=1)


def a_parcel():
    story = Story(fulfillment=Fulfillment(type="delivery")).pay()
    return story.act("accept").act("prepare").act("ship")


RULES = plugins.names("rules")
# One life for each rule, at whose end it has something to say.
LIVES = {
    "payment_failed": lambda: Story().begin().provider_says("failed"),
    "payment_stale": lambda: Story().begin(),
    "payment_mismatch": lambda: Story().pay(short_by=1),
    "late_capture": lambda: Story().begin().end().provider_says("captured"),
    "delivery_late": lambda: Story().pay(),
    "delivery_failed": lambda: a_parcel().carrier_says("delivery_failed"),
    "order_not_returned": lambda: Story().pay(),
    "outbox_stuck": Story,
    "state_stalled": lambda: Story().pay().act("accept"),
    "reservation_leaked": Story,
    "refund_stuck": lambda: Story().pay().ask_refund(100),
    "paid_not_recorded": lambda: Story().begin().provider_recorded(500),
    "duplicate_charge": lambda: Story().begin().begin(Money(500, "CNY")).all_captured(),
}
# What is found out about other subjects, so bad that the rule has something to say.
TROUBLES = {
    "buffer_undrained": BufferEvidence(
        subject=Subject("incident", "inc_1"), at=NOON, told="Down", closed_at=NOON, waiting=2
    ),
    "dead_letters": QueueEvidence(
        subject=Subject("queue", "notifications-dlq"), at=NOON, messages=1
    ),
    "stock_drift": DriftEvidence(
        subject=Subject("sku", "apple"),
        store_id="s",
        at=NOON,
        units=1,
        faults=(both("off", "不平"),),
    ),
    "order_rate_anomaly": RateEvidence(
        subject=Subject("store", "s"),
        store_id="s",
        at=NOON,
        began_at=NOON,
        orders=0,
        before=(40, 44, 39),
    ),
    "suspected_fraud": CustomerEvidence(
        subject=Subject("customer", "c-1"), at=NOON, orders=3, failed_payments=3
    ),
    "webhook_orphan": OrphanEvidence(
        subject=Subject("provider", "stripe"),
        at=NOON,
        count=1,
        event_ids=("evt_1",),
        raw_types=("payment_intent.succeeded",),
        oldest_at=NOON,
    ),
    "webhook_forged": ForgeryEvidence(
        subject=Subject("provider", "stripe"),
        at=NOON,
        count=5,
        window_minutes=15,
        first_at=NOON,
    ),
    "sweep_missed": FunctionEvidence(
        subject=Subject("function", "sweep_exceptions"), at=NOON, last_ran_at=NOON - A_DAY
    ),
}


def found_by(name):
    rule = plugins.load("rules", name).RULE
    if isinstance(rule, SubjectRule):
        assert isinstance(TROUBLES[name], rule.about)
        return rule.foresee(TROUBLES[name], DEFAULTS[name])
    if not isinstance(rule, OrderRule):
        level = StockEvidence(store_id="s", sku="apple", available=0, reserved=1, at=NOON)
        return rule.foresee(level, DEFAULTS[name])
    return rule.foresee(evidence_for(name), DEFAULTS[name])


def evidence_for(name):
    if name == "duplicate_order":
        later = Story(order_id="ord_2", placed_at=NOON.replace(minute=1))
        return msgspec.structs.replace(later.evidence, others=(Story().order,))
    if name == "notification_failed":
        story = Story().merchant_receipt("given_up", "order.placed")
        lost = msgspec.structs.replace(story.receipts[0], consumer="customer")
        return msgspec.structs.replace(story.evidence, receipts=(lost,))
    return LIVES[name]().evidence


def test_the_settings_know_exactly_the_rules_of_the_contract():
    assert frozenset(DEFAULTS) == CONTRACT


@pytest.mark.parametrize("name", RULES)
class TestEveryRule:
    def test_it_is_one_of_the_contract_under_its_modules_name(self, name):
        assert plugins.load("rules", name).RULE.name == name
        assert name in CONTRACT

    def test_its_defaults_are_valid_and_its_thresholds_may_start_at_one(self, name):
        settings = DEFAULTS[name]
        assert msgspec.convert(msgspec.to_builtins(settings), RuleSettings) == settings
        assert settings.threshold_names
        for field in settings.threshold_names:
            least = msgspec.to_builtins(msgspec.structs.replace(settings, **{field: 1}))
            assert getattr(msgspec.convert(least, RuleSettings), field) == 1
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert({**least, field: 0}, RuleSettings)
        assert set(settings.threshold_names) <= set(THRESHOLD_FIELDS)

    def test_its_title_and_texts_are_in_both_languages(self, name):
        finding = found_by(name)
        texts = [plugins.load("rules", name).RULE.title, finding.summary]
        texts += [finding.customer_message] if finding.customer_message else []
        for text in texts:
            assert set(text) == set(LANGUAGES)
            assert all(text.values())
            assert "{" not in "".join(text.values())

    def test_it_names_its_subject_its_store_and_the_moment(self, name):
        finding = found_by(name)
        assert finding.rule == name
        assert finding.subject.id
        assert bool(finding.store_id) or finding.subject.type not in {"order", "sku", "store"}
        assert finding.since.tzinfo is not None

    def test_what_it_would_have_mended_can_be_mended(self, name):
        finding = found_by(name)
        assert all(remedy.action in ACTIONS for remedy in finding.remedies)
        assert bool(finding.remedies) <= DEFAULTS[name].repair

    def test_nothing_personal_is_in_its_texts(self, name):
        finding = found_by(name)
        words = " ".join([*finding.summary.values(), *(finding.customer_message or {}).values()])
        assert "cus-ada" not in words
        assert "@" not in words


def test_every_repair_is_known_and_tried_with_patience():
    assert set(ACTIONS) == set(PATIENCE) == set(Action.__args__)
    for waiting in PATIENCE.values():
        assert waiting.before_try(0).total_seconds() == 0
        assert waiting.before_try(1) == waiting.first
        assert waiting.before_try(100) == waiting.longest
        assert 0 < waiting.tries_max <= 100
