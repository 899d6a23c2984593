"""A payment's events in every order and repetition end in one state, for each provider."""

import itertools

import pytest

from chalicelib.domain.payments import ProviderEvent
from tests.contract.payment_books import Books, a_refund
from tests.contract.provider_counterpart import NOW


def folded(company, events, abroad):
    """Where an order, its payment, refunds and disputes end after these events."""
    books = Books(company, abroad=abroad)
    if any(_is_money_back(event) for event in events):  # what goes back was taken before
        taken = ProviderEvent(
            provider="", event_id="", kind="payment.captured", raw_type="", occurred_at=NOW
        )
        books.hear(taken)
    if any(event.refund_id for event in events):
        whole = books.payment.amount
        books.promise(a_refund(minor=whole.amount_minor, currency=whole.currency))
    for event in events:
        books.hear(event)
    return books.end()


def _is_money_back(event):
    return (event.kind or "").startswith(("refund.", "dispute."))


@pytest.mark.parametrize("abroad", [False, True], ids=["at-home", "charged-abroad"])
def test_every_order_of_arrival_and_repetition_of_a_life_ends_alike(company, abroad):
    for life in company.sample.LIVES:
        events = [company.hear(name) for name in life]
        end = folded(company, events, abroad)
        for arrival in itertools.permutations(events):
            assert folded(company, arrival, abroad) == end, [event.kind for event in arrival]
            assert folded(company, (*arrival, *arrival), abroad) == end
        ends = {"paid", "unpaid", "failed", "refunded", "partially_refunded"}
        assert end[0].payment_status in ends
        assert end[0].refund_pending_minor == end[0].disputed_minor == 0
