"""Every event that customers are told of has its words, in both languages, with nothing open."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import notifications
from chalicelib.domain.announcements import ANNOUNCEMENTS, REASONS
from chalicelib.domain.money import Money, zero
from chalicelib.domain.orders import (
    Actor,
    Contact,
    Fulfillment,
    LineItem,
    Order,
    OrderEvent,
    Totals,
)
from chalicelib.domain.quiet_hours import QuietHours, is_quiet
from chalicelib.domain.receipts import CUSTOMER_EVENTS
from chalicelib.domain.text import LANGUAGES

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TOTALS = Totals(
    Money(1000, "CNY"), zero("CNY"), Money(500, "CNY"), Money(115, "CNY"), Money(1500, "CNY")
)

CASE = {"customer_message": {"en": "We are on it.", "zh-CN": "我们正在处理。"}}


def an_order(**changes) -> Order:
    line = LineItem(
        line_id="1", sku="a", name={"en": "Ap<b>ple", "zh-CN": "苹果"}, quantity=2,
        unit_price=Money(500, "CNY"), line_total=Money(1000, "CNY"),
    )  # fmt: skip
    order = Order(
        order_id="ord_1", number="22-K7MQ4", pickup_code="K07", version=2, status="placed",
        payment_status="unpaid", fulfillment_status="unfulfilled", store_id="s",
        customer_id="cus", channel="web", line_items=(line,), totals=TOTALS,
        fulfillment=Fulfillment(type="pickup"), contact=Contact(), placed_at=NOW, updated_at=NOW,
        fingerprint="", promised_at=NOW,
    )  # fmt: skip
    return msgspec.structs.replace(order, **changes)


def an_event(kind="order.placed", version=2, **changes) -> OrderEvent:
    event = OrderEvent(
        event_id=f"evt_1{version:06d}", order_id="ord_1", type=kind, version=version, at=NOW,
        actor=Actor("customer", "cus"), store_id="s", customer_id="cus", number="22-K7MQ4",
        status="placed", payment_status="unpaid", fulfillment_status="unfulfilled",
        total=TOTALS.total,
    )  # fmt: skip
    return msgspec.structs.replace(event, **changes)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(ANNOUNCEMENTS))
def test_the_words_are_there_and_filled_in(key, language):
    event = an_event(key.partition("/")[0], data={"reason": "card_declined", **CASE})
    title, body = notifications.words(
        ANNOUNCEMENTS[key], event, an_order(language=language), store=None
    )
    assert title
    assert body
    assert "{" not in title + body
    assert "22-K7MQ4" in title


@pytest.mark.parametrize("kind", sorted(CUSTOMER_EVENTS))
def test_every_event_that_owes_a_receipt_is_announced(kind):
    assert notifications.announcement_of(an_event(kind, data=CASE), an_order()) is not None


def test_a_case_that_has_nothing_to_say_to_customers_stays_among_staff():
    assert notifications.announcement_of(an_event("exception.opened"), an_order()) is None


def test_every_announced_event_owes_a_receipt():
    assert {key.partition("/")[0] for key in ANNOUNCEMENTS} <= CUSTOMER_EVENTS


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_the_systems_reasons_are_said_in_both_languages(reason):
    assert set(REASONS[reason]) == set(LANGUAGES)


def test_what_staff_gave_as_a_reason_is_passed_on_in_one_line():
    event = an_event(
        "order.canceled", data={"reason": "sold\r\nout {number} %s"}, actor=Actor("staff", "cus-1")
    )
    _, body = notifications.words(ANNOUNCEMENTS["order.canceled"], event, an_order(), None)
    assert "(sold out {number} %s)" in body


@pytest.mark.parametrize("actor", [Actor("guest", "guest"), Actor("customer", "cus")])
def test_nobody_writes_to_strangers_through_the_reason_of_a_cancellation(actor):
    event = an_event("order.canceled", data={"reason": "Win at https://evil.example"}, actor=actor)
    _, body = notifications.words(ANNOUNCEMENTS["order.canceled"], event, an_order(), None)
    assert "evil" not in body


@pytest.mark.parametrize(
    ("rule", "times", "said"),
    [
        ("order_not_returned", {"promised_at": LATER}, "still expected at 2026-11-22 10:30 UTC"),
        ("state_stalled", {"promised_at": LATER}, "still expected at 2026-11-22 10:30 UTC"),
        ("state_stalled", {"promised_at": NOW}, None),
        ("payment_failed", {"expires_at": LATER}, "for you until 2026-11-22 10:30 UTC"),
        ("refund_stuck", {"promised_at": LATER}, None),
    ],
)
def test_trouble_names_the_time_that_stands(rule, times, said):
    event = an_event("exception.opened", data={"rule": rule, **CASE})
    _, body = notifications.words(
        ANNOUNCEMENTS["exception.opened"], event, an_order(**times), store=None
    )
    assert said in body if said else body == "We are on it."


def test_a_question_says_until_when_it_can_be_answered():
    event = an_event("question.asked", data={"answer_by": "2026-11-22T10:30:00.000Z", **CASE})
    _, body = notifications.words(ANNOUNCEMENTS["question.asked"], event, an_order(), None)
    assert body.endswith("by 2026-11-22 10:30 UTC.")


def test_pickup_is_told_the_code_and_a_table_is_not_sent_to_the_counter():
    event = an_event("order.ready", status="ready", fulfillment_status="ready")
    pickup = notifications.announcement_of(event, an_order())
    table = notifications.announcement_of(event, an_order(fulfillment=Fulfillment(type="dine_in")))
    assert "K07" in notifications.words(pickup, event, an_order(), None)[1]
    assert table is not pickup


def test_an_order_canceled_unpaid_promises_no_money_back():
    unpaid = notifications.announcement_of(an_event("order.canceled"), an_order())
    paid = notifications.announcement_of(
        an_event("order.canceled", payment_status="paid"), an_order()
    )
    assert "Nothing was charged" in unpaid.body["en"]
    assert "comes back" in paid.body["en"]


def test_a_mail_escapes_what_stores_and_staff_wrote():
    receipt = notifications.receipt_text(an_order())
    html = notifications.mail_html("<t>", "b & c", receipt, 'http://x/"><script>', "en")
    assert "<script>" not in html
    assert "Ap&lt;b&gt;ple" in html


@pytest.mark.parametrize(
    ("kind", "event_state", "order_state", "superseded"),
    [
        ("order.placed", {}, {"version": 3, "status": "confirmed"}, True),
        ("order.placed", {}, {"version": 3}, False),
        ("order.confirmed", {"status": "confirmed"}, {"version": 9, "status": "completed"}, False),
        ("order.confirmed", {"status": "confirmed"}, {"version": 9, "status": "canceled"}, True),
        ("order.changed", {}, {"version": 3, "status": "confirmed"}, False),
        ("refund.succeeded", {}, {"version": 9, "status": "canceled"}, False),
        ("payment.failed", {}, {"version": 3}, False),
        ("payment.failed", {}, {"version": 5, "captured_minor": 1500}, True),
        ("payment.expired", {}, {"version": 5, "status": "canceled"}, True),
        ("order.shipped", {"status": "shipped", "fulfillment_status": "shipped"},
         {"version": 3, "status": "shipped", "fulfillment_status": "delivered"}, True),
        ("order.promise_moved", {"data": {"promised_at": "2026-11-22T09:30:00.000Z"}},
         {"version": 3}, False),
        ("order.promise_moved", {"data": {"promised_at": "2026-11-22T10:30:00.000Z"}},
         {"version": 3}, True),
    ],
)  # fmt: skip
def test_only_what_still_holds_is_worth_a_message(kind, event_state, order_state, superseded):
    event, order = an_event(kind, **event_state), an_order(**order_state)
    announcement = notifications.announcement_of(event, order)
    assert notifications.is_superseded(announcement, event, order) is superseded


@given(st.integers(1, 5), st.integers(0, 10**9), st.integers(0, 10**9))
def test_ids_sort_like_their_events_and_never_meet(version, one_ms, other_ms):
    from chalicelib.domain.clock import from_epoch_ms

    one = notifications.notification_id(an_event(version=version, at=from_epoch_ms(one_ms)))
    other = notifications.notification_id(an_event(version=version, at=from_epoch_ms(other_ms)))
    assert (one < other) == (one_ms < other_ms)


@pytest.mark.parametrize(
    ("start", "end", "quiet"),
    [("17:00", "08:00", True), ("17:31", "08:00", False), ("09:00", "17:30", False),
     ("09:00", "17:31", True), ("00:00", "00:00", False)],
)  # fmt: skip
def test_quiet_hours_are_the_customers_own(start, end, quiet):
    hours = QuietHours(start=start, end=end, time_zone="Asia/Shanghai")
    assert is_quiet(hours, NOW) is quiet
