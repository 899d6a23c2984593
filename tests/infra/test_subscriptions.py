"""Who hears of what: the topic's subscriptions against the table of owed receipts."""

import pytest

from chalicelib.domain.receipts import OWED_RECEIPTS
from tests import tables


@pytest.mark.parametrize(
    ("consumer", "subscription"),
    [
        ("customer", "NotificationsSubscription"),
        ("merchant", "MerchantDeliveriesSubscription"),
        ("invoices", "InvoicesSubscription"),
    ],
)
def test_a_queue_gets_exactly_the_events_for_which_its_consumer_owes_receipts(
    consumer, subscription
):
    properties = tables.resources()[subscription]["Properties"]
    assert properties["FilterPolicyScope"] == "MessageAttributes"
    assert set(properties["FilterPolicy"]["type"]) == OWED_RECEIPTS[consumer]
