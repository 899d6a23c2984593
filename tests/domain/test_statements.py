"""A statement held against the day book: each kind of difference, and none where all agrees."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.money import Money
from chalicelib.domain.statements import Entry, Period, StatementLine, match

DAY = datetime(2026, 11, 21, tzinfo=UTC)
PERIOD = Period(DAY, DAY + timedelta(days=1))
NOON = DAY + timedelta(hours=12)


def entry(number=1, kind="payment", at=NOON, minor=1299, **changes):
    refund = {"refund_id": f"ref_{number}"} if kind == "refund" else {}
    return Entry(
        kind=kind, provider="stripe", store_id="sto_1", order_id=f"ord_{number}",
        payment_id=f"pay_{number}", amount=Money(minor, "CNY"), occurred_at=at,
        reference=f"{kind[:2]}_{number}",
        **{**refund, **changes},
    )  # fmt: skip


def line(number=1, kind="payment", at=NOON, minor=1299, **changes):
    refund = {"refund_id": f"ref_{number}"} if kind == "refund" else {}
    fields = {
        "kind": kind, "reference": f"{kind[:2]}_{number}", "order_id": f"ord_{number}",
        "payment_id": f"pay_{number}", "amount": Money(minor, "CNY"), "occurred_at": at, **refund,
    }  # fmt: skip
    return StatementLine(**{**fields, **changes})


def kinds(lines, entries):
    return [found.kind for found in match(lines, entries, PERIOD).differences]


@pytest.mark.parametrize(
    ("lines", "entries", "expected"),
    [
        ([line()], [entry()], []),
        ([line(order_id=None, payment_id=None)], [entry()], []),
        ([line(reference="another")], [entry()], []),
        ([line()], [], ["paid_unknown"]),
        ([], [entry()], ["missing_at_provider"]),
        ([line(minor=1298)], [entry()], ["amount"]),
        ([line(amount=Money(1299, "USD"))], [entry()], ["currency"]),
        ([line(), line(reference="pa_again")], [entry()], ["duplicate"]),
        ([line(kind="refund")], [entry(kind="refund")], []),
        ([line(kind="refund")], [], ["refund_unknown"]),
        ([], [entry(kind="refund")], ["refund_missing"]),
        ([line(kind="refund", minor=1)], [entry(kind="refund")], ["amount"]),
    ],
)
def test_each_difference_has_its_name(lines, entries, expected):
    assert kinds(lines, entries) == expected


def test_what_is_written_on_both_sides_of_midnight_agrees():
    before, after = DAY - timedelta(seconds=2), DAY + timedelta(seconds=2)
    assert kinds([line(at=before)], [entry(at=after)]) == []
    assert kinds([line(at=after)], [entry(at=before)]) == []


def test_what_lies_outside_of_the_period_is_no_difference():
    other = DAY - timedelta(minutes=10)
    found = match([line(1, at=other)], [entry(2, at=other)], PERIOD)
    assert (found.lines, found.entries, found.differences) == (0, 0, ())


MOVES = st.lists(
    st.tuples(st.sampled_from(["payment", "refund"]), st.integers(1, 10**6)), max_size=12
)


@settings(max_examples=200, deadline=None)
@given(MOVES, st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_books_differ_by_exactly_what_one_of_them_lacks(moves, not_ours, not_theirs):
    numbered = list(enumerate(moves))
    lines = [line(n, kind, minor=m) for n, (kind, m) in numbered if n not in not_theirs]
    entries = [entry(n, kind, minor=m) for n, (kind, m) in numbered if n not in not_ours]
    found = match(reversed(lines), entries, PERIOD)
    lacking = {n for n, _ in numbered if (n in not_ours) != (n in not_theirs)}
    assert {one.order_id for one in found.differences} == {f"ord_{n}" for n in lacking}
    assert found.matched == len([n for n, _ in numbered if n not in not_ours | not_theirs])
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found
