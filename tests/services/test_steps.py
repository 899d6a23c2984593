"""Steps of staff while others write to the same order."""

import pytest

from chalicelib.domain.errors import Stale
from chalicelib.services import fulfillment
from chalicelib.store import orders as table
from tests.factories import CLERK, CUSTOMER, NOW
from tests.services.confirmed import a_confirmed_order


def racing(order_id, times=1):
    """A check that passes, while somebody notes something on the order."""
    left = list(range(times))

    def check(_):
        if left:
            left.pop()
            fulfillment.note(order_id, "meanwhile", CLERK, NOW)

    return check


def test_a_race_is_no_refusal_for_whoever_minds_no_version(shop):
    _, order = a_confirmed_order(CUSTOMER)
    fulfillment.perform(order.order_id, "accept", CLERK, NOW, racing(order.order_id))
    assert table.load_order(order.order_id).status == "accepted"


def test_a_race_that_never_ends_is_told(shop):
    _, order = a_confirmed_order(CUSTOMER)
    with pytest.raises(Stale):
        fulfillment.perform(order.order_id, "accept", CLERK, NOW, racing(order.order_id, times=9))
    assert table.load_order(order.order_id).status == "confirmed"


def test_whoever_named_a_version_is_told_of_the_race(shop):
    _, order = a_confirmed_order(CUSTOMER)
    meanwhile = racing(order.order_id)

    def check(found):
        meanwhile(found)
        if found.version != order.version:
            raise Stale("It has changed since you looked.")

    with pytest.raises(Stale):
        fulfillment.perform(order.order_id, "accept", CLERK, NOW, check)
    assert table.load_order(order.order_id).status == "confirmed"
