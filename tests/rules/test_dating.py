"""The law that keeps the sweep cheap: no order is dated later than a rule could speak."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.clock import from_epoch_ms
from chalicelib.domain.due import concerned
from chalicelib.domain.errors import Conflict
from chalicelib.domain.receipts import OWED_RECEIPTS
from chalicelib.domain.thresholds import DEFAULT_THRESHOLDS
from chalicelib.services import evidence as judging
from tests.rules.stories import Story


def first(payments):
    return next(iter(payments.values()))


STEPS = {
    "begin": lambda s: s.begin(),
    "captured": lambda s: s.provider_says("captured"),
    "too little": lambda s: s.provider_says("captured", short_by=1),
    "too much": lambda s: s.provider_says("captured", short_by=-1),
    "failed": lambda s: s.provider_says("failed"),
    "expired": lambda s: s.provider_says("expired"),
    "first captured": lambda s: s.provider_says("captured", payment=first(s.payments)),
    "accept": lambda s: s.act("accept"),
    "prepare": lambda s: s.act("prepare"),
    "ready": lambda s: s.act("ready"),
    "complete": lambda s: s.act("complete"),
    "reject": lambda s: s.act("reject"),
    "cancel": lambda s: s.end(),
    "refund": lambda s: s.ask_refund(max(1, s.order.refundable_minor)),
    "refunded": lambda s: s.settle_refund(),
    "refund failed": lambda s: s.settle_refund("failed"),
}  # fmt: skip
LIVES = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 4000)), max_size=12)


def live(steps):
    """The story of those steps that were possible when their turn came."""
    story = Story()
    for name, seconds in steps:
        story.wait(seconds)
        possible = not story.order.is_terminal or name in {"captured", "refund", "refunded"}
        # A second payment is only begun when the first is closed.
        if possible and not (name == "begin" and story.order.open_payment_id):
            try:
                STEPS[name](story)
            except (Conflict, IndexError, StopIteration, AttributeError):
                continue
    return story


@settings(max_examples=300, deadline=None)
@given(LIVES)
def test_an_order_is_dated_no_later_than_any_rule_speaks(steps):
    story = live(steps)
    dated = from_epoch_ms(story.order.next_check_ms)
    for rule in judging.order_rules():
        found = rule.foresee(story.evidence, DEFAULT_THRESHOLDS[rule.name])
        if found is not None:
            assert dated <= max(found.since, story.order.updated_at), rule.name


@settings(max_examples=200, deadline=None)
@given(LIVES, st.integers(0, 20_000))
def test_after_an_edit_of_a_rule_every_order_that_it_finds_is_looked_at(steps, seconds):
    story = live(steps)
    now = story.now + timedelta(seconds=seconds)
    for finding in judging.judge(story.evidence, DEFAULT_THRESHOLDS, now).held:
        assert concerned(story.order, DEFAULT_THRESHOLDS, {finding.rule}, now), finding.rule


@settings(max_examples=200, deadline=None)
@given(LIVES, st.integers(0, 20_000))
def test_a_checked_order_is_dated_at_the_very_moment_at_which_a_rule_speaks_next(steps, seconds):
    story = live(steps)
    now = story.now + timedelta(seconds=seconds)
    judged = judging.judge(story.evidence, DEFAULT_THRESHOLDS, now)
    if judged.next_at is None:
        assert not judged.held
        assert story.order.is_terminal
        return
    assert judged.next_at >= now
    before = judging.judge(
        story.evidence, DEFAULT_THRESHOLDS, max(now, judged.next_at - timedelta(milliseconds=1))
    )
    assert {finding.rule for finding in before.held} == {finding.rule for finding in judged.held}


@settings(max_examples=100, deadline=None)
@given(LIVES)
def test_looking_twice_finds_the_same(steps):
    story = live(steps)
    first = judging.judge(story.evidence, DEFAULT_THRESHOLDS, story.now)
    assert judging.judge(story.evidence, DEFAULT_THRESHOLDS, story.now) == first


@pytest.mark.parametrize("status", ["completed", "canceled", "rejected"])
def test_a_finished_order_with_nothing_open_leaves_the_index(status):
    story = Story().pay()
    if status == "completed":
        story.act("accept").act("prepare").act("ready").act("complete")
    else:
        story.end(status).ask_refund(500).settle_refund()
    for event in story.events:
        for consumer in OWED_RECEIPTS:
            story.receipts.append(receipt_for(event, consumer))
    assert judging.judge(story.evidence, DEFAULT_THRESHOLDS, story.now).next_at is None


def receipt_for(event, consumer):
    from chalicelib.domain.receipts import Receipt

    return Receipt(
        order_id=event.order_id, event_id=event.event_id, version=event.version,
        event_type=event.type, consumer=consumer, outcome="delivered", at=event.at,
    )  # fmt: skip
