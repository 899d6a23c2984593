"""The whole life of a payment at each company: paid after a failure, claimed back and won, given
back in parts. In every order in which its words can arrive, and repeated, it ends alike.
"""

import itertools
import json
import random

import boto3
import msgspec
import pytest

from chalicelib.domain.money import zero
from chalicelib.domain.orders import Change, LineItem, Totals, happened
from chalicelib.domain.payments import begin
from chalicelib.domain.refunds import request
from chalicelib.services import payments, provider_words, webhooks
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from chalicelib.store import webhook_inbox
from chalicelib.store.order_files import OrderFile
from chalicelib.store.tables import OperationItem, OrderItem
from tests.contract.an_order import an_order
from tests.contract.payment_books import STAFF, Books, a_payment, a_refund
from tests.contract.provider_counterpart import NOW, PRICE

ALL_ORDERS_UP_TO = 5
ORDERS_DRAWN = 300
LIVES_STORED = 3
ENDED = ("refunded", PRICE.amount_minor, PRICE.amount_minor, 0, 0, 0)


@pytest.fixture
def provider(aws, company):
    """The company has seen it all; only its words are on their way."""
    name = company.provider.name
    with company.in_state("whole"):
        boto3.client("secretsmanager").create_secret(
            Name=f"docket/test/payments/{name}", SecretString=json.dumps(company.secrets)
        )
        yield company


def promised(company):
    wished = getattr(company.sample, "PROMISED", {})
    return [a_refund(refund_id, minor) for refund_id, minor in wished.items()]


def arrivals(words):
    """Every order of a few words; of many, a drawn lot of them, each time the same."""
    if len(words) <= ALL_ORDERS_UP_TO:
        return itertools.permutations(words)
    chance = random.Random(len(words))
    return (chance.sample(words, len(words)) for _ in range(ORDERS_DRAWN))


def ends_as(order):
    return (
        order.payment_status, order.captured_minor, order.refunded_minor,
        order.refund_pending_minor, order.disputed_minor, order.lost_minor,
    )  # fmt: skip


class Fold(Books):
    """Of money that goes back, word can come before that of its coming in: then it is asked."""

    def __init__(self, company, asked):
        super().__init__(company)
        self._asked = asked
        for refund in promised(company):
            self.hear(asked)
            self.promise(refund)

    def hear(self, event):
        is_early = not (event.kind or "payment.").startswith("payment.")
        if is_early and self.payment.status != "captured":
            super().hear(self._asked)
        super().hear(event)


def believed(company, name):
    """A word as it is believed: named and confirmed by the company, where its own word is weak."""
    event = webhooks.named(company.hear(name))
    if not event.ask_first:
        return event
    file = OrderFile(order=an_order(PRICE, NOW), payments=(a_payment(company),))
    return provider_words.confirmed(company.provider, company.secrets, event, file)


def test_in_any_order_and_repeated_it_ends_alike(provider):
    asked = provider.provider.ask(provider.secrets, "pay_1", provider.sample.REFERENCE)
    words = [believed(provider, name) for name in provider.sample.WHOLE_LIFE]
    chance = random.Random(1)
    ends = []
    for arrival in arrivals(words):
        books = Fold(provider, asked)
        for event in (*arrival, *chance.sample(words, len(words))):
            books.hear(event)
        assert ends_as(books.order) == ENDED, [event.raw_type for event in arrival]
        refunds = sorted((one.refund_id, one.amount) for one in books.refunds.values())
        ends.append((books.payment.status, books.payment.captured_minor, refunds))
    assert all(end == ends[0] for end in ends)
    assert sum(amount.amount_minor for _, amount in ends[0][2]) == PRICE.amount_minor


def stored(company):
    """The order and its open payment, and what staff promised back of it."""
    nothing = zero(PRICE.currency)
    line = LineItem(
        line_id="l1", sku="tea", name={"en": "Tea"}, quantity=1, unit_price=PRICE, line_total=PRICE
    )
    order = msgspec.structs.replace(
        an_order(PRICE, NOW), version=0, line_items=(line,),
        totals=Totals(PRICE, nothing, nothing, nothing, PRICE),
    )  # fmt: skip
    order, events = happened(order, (("order.placed", {}),), STAFF, NOW)
    order = table.save(Change(before=None, order=order, events=events), check_at=None)
    table.save(begin(order, a_payment(company), STAFF, NOW), check_at=None)
    for refund in promised(company):
        payments.ask_provider("ord_1", "pay_1", NOW)
        table.save(request(table.load_order("ord_1"), refund, STAFF, NOW), check_at=None)


def emptied():
    for model in (OrderItem, OperationItem):
        for item in model.scan():
            item.delete()


def test_from_webhook_to_books_none_is_lost_and_each_counts_once(provider):
    names = provider.sample.WHOLE_LIFE
    told = {name: provider.sample.webhook(name, NOW) for name in names}
    for seed in range(LIVES_STORED):
        stored(provider)
        chance = random.Random(seed)
        arrival = chance.sample(names * 2, len(names) * 2)
        for name in arrival:
            reply = webhooks.receive(provider.provider.name, told[name], NOW)
            assert reply == provider.provider.reply(accepted=True)
        assert ends_as(table.load_order("ord_1")) == ENDED, arrival
        for name in names:
            event = provider.hear(name)
            row = webhook_inbox.find(event.provider, event.event_id)
            assert row.verdict in {"applied", "nothing_new", "ignored"}, name
        assert check_invariants(NOW) == []
        emptied()
