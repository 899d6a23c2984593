"""What carriers say, in any order and any number of times, and what it makes of an order."""

from datetime import timedelta
from itertools import permutations

import pytest

from chalicelib.domain.orders import Fulfillment
from tests.rules.stories import Story

WORDS = ("in_transit", "delivery_failed", "out_for_delivery", "delivered")


def a_shipped_order():
    story = Story(fulfillment=Fulfillment(type="delivery")).pay()
    return story.act("accept").act("prepare").act("ship")


@pytest.mark.parametrize(
    ("word", "fulfillment_status", "event"),
    [
        ("in_transit", "shipped", "shipment.updated"),
        ("out_for_delivery", "out_for_delivery", "shipment.updated"),
        ("delivery_failed", "delivery_failed", "shipment.updated"),
        ("returned", "returned", "shipment.updated"),
        ("delivered", "delivered", "order.delivered"),
    ],
)
def test_each_word_moves_the_order_and_leaves_its_fact(word, fulfillment_status, event):
    story = a_shipped_order().carrier_says(word)
    assert (story.order.status, story.order.fulfillment_status) == ("shipped", fulfillment_status)
    assert story.events[-1].type == event
    assert story.parcel["status"] == word


@pytest.mark.parametrize("arrival", list(permutations(range(4))))
def test_any_order_of_arrival_ends_with_the_newest_word(arrival):
    story = a_shipped_order()
    for number in (*arrival, *arrival):
        story.carrier_says(WORDS[number], at=story.now + timedelta(hours=number))
    assert story.order.fulfillment_status == "delivered"
    assert story.parcel["status"] == "delivered"
    versions = [event.version for event in story.events]
    assert versions == list(range(1, len(versions) + 1))


def test_a_parcel_that_was_handed_over_can_only_come_back():
    story = a_shipped_order().carrier_says("delivered").wait(60)
    story.carrier_says("out_for_delivery").wait(60)
    assert story.order.fulfillment_status == "delivered"
    story.carrier_says("returned")
    assert story.order.fulfillment_status == "returned"


def test_what_has_not_left_the_store_is_not_moved_by_its_carrier():
    story = Story(fulfillment=Fulfillment(type="delivery")).pay().act("accept")
    story.carrier_says("delivered")
    assert (story.order.status, story.order.fulfillment_status) == ("accepted", "unfulfilled")
    assert story.parcel["status"] == "delivered"
