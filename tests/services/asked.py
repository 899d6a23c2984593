"""Orders about which a customer was asked, and the answers to it."""

from datetime import timedelta

import msgspec

from chalicelib.domain.identity import Caller
from chalicelib.domain.stock import MovementRequest
from chalicelib.services import catalogue, questions, stock
from chalicelib.store import orders as table
from tests.factories import CUSTOMER, MANAGER, MARKET, NOW
from tests.services.confirmed import a_confirmed_order
from tests.services.sweeping import give_receipts, sweep_at

KITCHEN = Caller(
    kind="staff", id="staff-kit", roles=frozenset({"kitchen"}), store_ids=frozenset({MARKET})
)


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def unchecked(order):
    """The caller does not mind the version."""


def set_store(**changes):
    def edit(snapshot):
        store = msgspec.structs.replace(snapshot.stores[MARKET], **changes)
        return msgspec.structs.replace(snapshot, stores={**snapshot.stores, MARKET: store})

    catalogue.publish(edit)


def confirmed(**overrides):
    _, order = a_confirmed_order(CUSTOMER, **overrides)
    give_receipts(order.order_id)
    return order


def short_of_bread():
    """A confirmed order for a loaf that a count did not find, and the sweep after it."""
    order = confirmed()
    request = MovementRequest(
        sku="bread", store_id=MARKET, kind="count", quantity=0, reason="inventory"
    )
    stock.move(request, MANAGER, None, NOW)
    sweep_at(1)
    return order


def asked(order):
    file = table.load_file(order.order_id)
    return file.questions[-1]


def answer(order, choice, seconds=60, caller=CUSTOMER):
    question = asked(order)
    return questions.answer(
        order.order_id, question.question_id, choice, caller, after(seconds)
    ).order
