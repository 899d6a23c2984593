"""Taking orders that cannot be placed now, with tables and without, and placing them later."""

from datetime import timedelta

import boto3
import msgspec
import pytest

from chalicelib.config import settings
from chalicelib.domain.catalogue import WEEKDAYS, Hours
from chalicelib.domain.catalogue_requests import PauseRequest
from chalicelib.domain.errors import InvalidInput, TooMany
from chalicelib.domain.ids import fresh
from chalicelib.services import (
    cancellations,
    catalogue,
    incident_reports,
    incidents,
    order_import,
    order_intake,
    orders,
    stores,
)
from chalicelib.services.incidents import NewIncident
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from chalicelib.store.catalogue import STATE
from chalicelib.store.tables import CatalogueItem
from tests.factories import (
    CUSTOMER,
    MANAGER,
    MARKET,
    NOODLES,
    a_product,
    an_order_request,
    put_stock,
    stock_of,
)
from tests.services.intake import (
    buffered_incident,
    close,
    drain,
    messages,
    now,
    report_of,
    status_of,
    take,
    types_of,
)


def price(sku, amount_minor):
    def edit(snapshot):
        shelf = {**snapshot.products[MARKET], sku: a_product(sku, amount_minor)}
        return msgspec.structs.replace(snapshot, products={**snapshot.products, MARKET: shelf})

    catalogue.publish(edit)


def test_an_order_waits_while_a_buffered_incident_is_open_and_is_placed_after_it(shop):
    incident = buffered_incident()
    taken = take(allow_duplicate=True)
    order = taken.placed.file.order
    assert (order.status, taken.receipt, stock_of("apple")) == ("received", None, (500, 0, 0))
    assert orders.load_for(CUSTOMER, order.order_id).order.status == "received"
    assert len(drain_and_keep()) == 1, "it waits"
    assert report_of(incident.incident_id) == {order.order_id: "waiting"}
    close(incident)
    assert take(allow_duplicate=True).placed.file.order.status == "placed"
    assert drain() == []
    assert types_of(order.order_id) == ["order.received", "order.placed"]
    assert stock_of("apple")[1] == 4
    assert report_of(incident.incident_id) == {order.order_id: "placed"}
    assert check_invariants(now()) == []


def drain_and_keep():
    """Drain; what must wait goes back into the queue."""
    waiting = drain()
    for body in waiting:
        boto3.client("sqs").send_message(
            QueueUrl=settings().order_intake_queue_url, MessageBody=body
        )
    return waiting


def test_an_incident_of_one_store_leaves_the_others_alone(shop):
    buffered_incident(MARKET)
    assert take().placed.file.order.status == "received"
    elsewhere = take(store_id=NOODLES, fulfillment={"type": "pickup"})
    assert elsewhere.placed.file.order.status == "placed"


def test_an_order_that_waits_for_two_incidents_is_in_the_report_of_each(shop):
    everywhere, here = buffered_incident(), buffered_incident(MARKET)
    order = take().placed.file.order
    close(here)
    assert len(drain_and_keep()) == 1, "it waits for the other"
    close(everywhere)
    assert drain() == []
    for incident in (everywhere, here):
        assert report_of(incident.incident_id) == {order.order_id: "placed"}


def test_an_incident_that_is_not_buffered_holds_nothing_up(shop):
    incidents.open_incident(NewIncident(cause="Slow", buffered=False), MANAGER, None, now())
    assert take().placed.file.order.status == "placed"


def test_the_same_key_is_answered_with_the_same_order_before_and_after(shop):
    incident, key = buffered_incident(), fresh("key")
    first = take(key)
    again = take(key)
    assert again.placed.replayed
    assert again.placed.file.order.order_id == first.placed.file.order.order_id
    assert again.placed.file.order.status == "received"
    with pytest.raises(InvalidInput, match="another order"):
        take(key, note="another")
    close(incident)
    assert drain() == []
    assert take(key).placed.file.order.status == "placed"
    assert types_of(first.placed.file.order.order_id) == ["order.received", "order.placed"]


def test_a_waiting_order_whose_store_ran_out_is_rejected_and_stock_is_untouched(shop):
    incident = buffered_incident()
    lines = [{"sku": "last-cake", "quantity": 1}]
    one = take(line_items=lines, allow_duplicate=True).placed.file.order
    two = take(line_items=lines, allow_duplicate=True).placed.file.order
    close(incident)
    assert drain() == []
    assert sorted((status_of(one.order_id), status_of(two.order_id))) == ["placed", "rejected"]
    refused = next(o for o in (one, two) if status_of(o.order_id) == "rejected")
    event = table.load_file(refused.order_id).events[-1]
    assert (event.type, event.data["reason"]) == ("order.rejected", "out_of_stock")
    assert stock_of("last-cake") == (0, 1, 0)
    assert sorted(report_of(incident.incident_id).values()) == ["placed", "rejected"]
    assert check_invariants(now()) == []


def test_a_waiting_order_that_became_dearer_is_rejected_and_a_cheaper_one_is_placed(shop):
    incident = buffered_incident()
    lines = [{"sku": "apple", "quantity": 1}]
    dear = take(line_items=lines, allow_duplicate=True).placed.file.order
    price("apple", 351)
    cheap = take(line_items=lines, allow_duplicate=True).placed.file.order
    close(incident)
    price("apple", 350)
    price("bread", 1)
    assert drain() == []
    assert status_of(cheap.order_id) == "placed"
    assert table.load_order(cheap.order_id).totals.total.amount_minor == 350
    assert status_of(dear.order_id) == "placed", "it costs what it did"

    incident = buffered_incident()
    late = take(line_items=lines, allow_duplicate=True).placed.file.order
    close(incident)
    price("apple", 400)
    drain()
    assert table.load_order(late.order_id).cancel_reason == "price_changed"


def test_a_waiting_order_can_be_canceled_and_is_not_placed_any_more(shop):
    incident = buffered_incident()
    waiting = take(allow_duplicate=True).placed.file.order
    cancellations.cancel(waiting.order_id, "changed my mind", CUSTOMER, now(), lambda _: None)
    close(incident)
    placed = take(allow_duplicate=True).placed.file.order
    assert drain() == []
    assert types_of(waiting.order_id) == ["order.received", "order.canceled"]
    assert stock_of("apple") == (498, 2, 0)
    cancellations.cancel(placed.order_id, "", CUSTOMER, now(), lambda _: None)
    (line,) = incident_reports.report(incident.incident_id)
    assert (line.verdict, line.detail) == ("rejected", "changed my mind")
    assert check_invariants(now()) == []


def test_a_waiting_order_that_was_placed_and_then_canceled_counts_as_placed(shop):
    incident = buffered_incident()
    order = take().placed.file.order
    close(incident)
    drain()
    cancellations.cancel(order.order_id, "", CUSTOMER, now(), lambda _: None)
    assert report_of(incident.incident_id) == {order.order_id: "placed"}


def test_of_two_equal_orders_under_two_keys_one_is_placed(shop):
    incident = buffered_incident()
    first, second = take().placed.file.order, take().placed.file.order
    close(incident)
    drain()
    found = {status_of(first.order_id), status_of(second.order_id)}
    assert found == {"placed", "rejected"}
    refused = next(o for o in (first, second) if status_of(o.order_id) == "rejected")
    assert table.load_order(refused.order_id).cancel_reason == "possible_duplicate"


def test_a_store_that_paused_meanwhile_and_goes_on_takes_the_waiting_orders(shop):
    incident = buffered_incident()
    early, late = take().placed.file.order, take(allow_duplicate=True).placed.file.order
    soon = now() + timedelta(minutes=30)
    stores.pause(MARKET, PauseRequest(reason="Full", until=soon), MANAGER, now())
    close(incident)
    first, second = messages()
    order_import.import_message(first, now())
    order_import.import_message(second, soon + timedelta(seconds=1))
    assert {status_of(early.order_id), status_of(late.order_id)} == {"rejected", "placed"}
    refused = next(o for o in (early, late) if status_of(o.order_id) == "rejected")
    event = table.load_file(refused.order_id).events[-1]
    assert (event.data["reason"], event.data["detail"]) == (
        "store_closed", "The store has paused ordering.",
    )  # fmt: skip


def test_a_waiting_order_placed_after_closing_time_is_promised_for_the_next_opening(shop):
    opened = (now() - timedelta(hours=1)).replace(second=0, microsecond=0)
    daily = ((f"{opened:%H:%M}", f"{opened + timedelta(hours=2):%H:%M}"),)

    def edit(snapshot):
        hours = Hours(dict.fromkeys(WEEKDAYS, daily))
        store = msgspec.structs.replace(snapshot.stores[MARKET], hours=hours, time_zone="UTC")
        return msgspec.structs.replace(snapshot, stores={**snapshot.stores, MARKET: store})

    catalogue.publish(edit)
    incident = buffered_incident()
    order = take().placed.file.order
    close(incident)
    (message,) = messages()
    order_import.import_message(message, now() + timedelta(hours=6))
    placed = table.load_order(order.order_id)
    assert placed.status == "placed"
    tomorrow = opened + timedelta(days=1)
    assert placed.promised_at - tomorrow == order.promised_at - order.placed_at


def test_a_product_that_is_gone_is_no_longer_sold(shop):
    incident = buffered_incident()
    order = take().placed.file.order

    def edit(snapshot):
        kept = {k: v for k, v in snapshot.products[MARKET].items() if k != "bread"}
        return msgspec.structs.replace(snapshot, products={**snapshot.products, MARKET: kept})

    catalogue.publish(edit)
    close(incident)
    drain()
    assert table.load_order(order.order_id).cancel_reason == "invalid_input"


def test_what_is_no_order_is_set_aside_and_nothing_else_is(shop):
    order_import.import_message('{"not": "an order"}', now())
    assert messages(settings().order_intake_dead_letters_url) == ['{"not": "an order"}']


def test_an_order_that_the_importer_cannot_place_is_told_as_failed_until_it_is_placed(shop):
    incident = buffered_incident()
    order = take().placed.file.order
    close(incident)
    (message,) = messages()
    broken = CatalogueItem(MARKET, STATE, data="{nonsense")
    broken.save()
    with pytest.raises(msgspec.DecodeError):
        order_import.import_message(message, now())
    assert report_of(incident.incident_id) == {order.order_id: "failed"}
    broken.delete()
    order_import.import_message(message, now())
    assert report_of(incident.incident_id) == {order.order_id: "placed"}


def test_the_limits_hold_for_orders_that_wait(shop, small_allowance):
    buffered_incident()
    at = now()

    def place():
        request = an_order_request(allow_duplicate=True)
        order_intake.take(request, CUSTOMER, fresh("key"), "en", at)

    for _ in range(settings().order_posts_per_minute):
        place()
    with pytest.raises(TooMany):
        place()


def test_stock_that_is_short_at_taking_is_decided_at_placing(shop):
    put_stock(MARKET, "apple", 1)
    incident = buffered_incident()
    order = take().placed.file.order
    close(incident)
    put_stock(MARKET, "apple", 5)
    drain()
    assert status_of(order.order_id) == "placed"
