"""Taking orders without tables: durable before answered, unknown until imported, placed once."""

from datetime import timedelta

import pytest

from chalicelib.config import settings
from chalicelib.domain.catalogue_requests import PauseRequest
from chalicelib.domain.errors import Conflict, InvalidInput, NotFound, Unavailable
from chalicelib.domain.ids import fresh
from chalicelib.domain.notifications import announcement_of
from chalicelib.services import (
    breaker,
    buffer_care,
    order_import,
    order_intake,
    orders,
    standing_snapshot,
    status_board,
    stores,
)
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from tests.factories import (
    CUSTOMER,
    MANAGER,
    MARKET,
    NOODLES,
    an_order_request,
    stock_of,
)
from tests.services.intake import (
    buffered_incident,
    close,
    drain,
    messages,
    now,
    publish,
    report_of,
    status_of,
    take,
    types_of,
)
from tests.support.outage import outage


def test_without_tables_an_order_is_taken_durably_with_a_receipt(shop):
    publish()
    key = fresh("key")
    with outage("dynamodb"):
        taken = take(key)
        order = taken.placed.file.order
        assert (order.status, order.version) == ("received", 1)
        assert order.totals.total.amount_minor == 2 * 350 + 1200
        assert taken.receipt.split(".")[1] == order.order_id
        for ask in (
            lambda: orders.load_for(CUSTOMER, order.order_id),
            lambda: orders.find_by_key(CUSTOMER, key),
        ):
            with pytest.raises(Unavailable):
                ask()
        (incident,) = status_board.load().open_incidents
        assert incident.blind
        assert report_of(incident.incident_id) == {order.order_id: "waiting"}
    with pytest.raises(Unavailable, match="being placed"):
        orders.find_by_key(CUSTOMER, key)
    assert drain() == []
    assert orders.find_by_key(CUSTOMER, key).order.status == "placed"
    assert types_of(order.order_id) == ["order.received", "order.placed"]
    received, placed = table.load_file(order.order_id).events
    assert received.at == order.placed_at <= placed.at
    assert check_invariants(now()) == []


def test_without_tables_the_same_key_is_answered_alike_and_another_body_is_refused(shop):
    publish()
    key = fresh("key")
    with outage("dynamodb"):
        first = take(key).placed
        again = take(key).placed
        assert (again.replayed, again.file.order) == (True, first.file.order)
        with pytest.raises(InvalidInput, match="another order"):
            take(key, note="another")
    assert len(messages()) == 1


def test_without_tables_a_key_of_an_outage_that_is_not_drained_yet_is_known(shop):
    publish()
    key = fresh("key")
    with outage("dynamodb"):
        first = take(key).placed
    buffer_care.look_after(now() + timedelta(minutes=1))
    assert status_board.load().open_incidents == ()
    breaker.forget()
    with outage("dynamodb"):
        take(allow_duplicate=True)
        again = take(key).placed
        assert (again.replayed, again.file.order) == (True, first.file.order)
        with pytest.raises(InvalidInput, match="another order"):
            take(key, note="another")


def test_a_blind_order_is_in_the_report_of_each_incident_for_which_it_waits(shop):
    publish()
    mine = buffered_incident(MARKET)
    with outage("dynamodb"):
        take(store_id=NOODLES, fulfillment={"type": "pickup"})
        order = take().placed.file.order
    reports = [report_of(one.incident_id) for one in status_board.load().open_incidents]
    assert [len(report) for report in reports] == [2, 1]
    assert report_of(mine.incident_id) == {order.order_id: "waiting"}


def test_another_order_under_a_key_of_before_is_not_placed_and_its_customer_is_told(shop):
    publish()
    key = fresh("key")
    first = take(key).placed.file.order
    with outage("dynamodb"):
        other = take(key, note="another").placed.file.order
    assert other.order_id == first.order_id
    (message,) = messages()
    for _ in range(3):
        order_import.import_message(message, now())
    types = types_of(first.order_id)
    assert types == ["order.placed", "order.repeat_refused"], "once, however often it comes"
    told = table.load_file(first.order_id).events[-1]
    assert told.data["reason"] == "idempotency_key_reused"
    announcement = announcement_of(told, table.load_order(first.order_id))
    assert announcement.title["en"].startswith("Your second order")
    assert status_of(first.order_id) == "placed"
    assert check_invariants(now()) == []


def test_without_tables_what_the_snapshot_knows_is_still_checked(shop):
    publish()
    with outage("dynamodb"):
        with pytest.raises(InvalidInput):
            take(line_items=[{"sku": "nothing", "quantity": 1}])
        with pytest.raises(NotFound):
            take(store_id="sto_none")
        wrong = {"amount_minor": 1, "currency": "CNY"}
        with pytest.raises(Conflict, match="not what you were shown"):
            take(expected_total=wrong)
    assert messages() == []


def test_a_store_that_paused_before_takes_no_orders_blind(shop):
    stores.pause(MARKET, PauseRequest(reason="Full"), MANAGER, now())
    publish()
    with outage("dynamodb"), pytest.raises(Conflict, match="paused"):
        take()


def test_with_no_durable_place_left_nothing_is_promised(shop):
    publish()
    with outage("dynamodb", "sqs"), pytest.raises(Unavailable) as refused:
        take()
    assert refused.value.retry_after_seconds > 1
    assert messages() == []


def test_an_order_is_durable_even_where_s3_fails_after_the_snapshot_was_read(shop):
    publish()
    with outage("dynamodb"):
        take()
        with outage("s3"):
            taken = take(allow_duplicate=True)
    assert taken.placed.file.order.status == "received"
    assert len(messages()) == 2


def test_a_snapshot_beyond_its_age_prices_nothing(shop):
    standing_snapshot.publish(now() - timedelta(seconds=settings().snapshot_max_age_seconds + 1))
    with outage("dynamodb"), pytest.raises(Unavailable, match="Prices"):
        take()
    assert messages() == []


def test_the_breaker_asks_the_tables_no_more_and_then_probes(shop):
    publish()
    with outage("dynamodb") as asked:
        for _ in range(2):
            take(allow_duplicate=True)
        before = len(asked)
        take(allow_duplicate=True)
        assert len(asked) == before, "open"
    request_at = now() + timedelta(seconds=6)
    taken = order_intake.take(
        an_order_request(allow_duplicate=True), CUSTOMER, fresh("key"), "en", request_at
    )
    assert taken.placed.file.order.status == "placed", "the probe went well"


def test_an_incident_opened_without_tables_holds_once_they_are_back(shop):
    publish()
    with outage("dynamodb"):
        incident = buffered_incident()
        assert take().placed.file.order.status == "received"
    buffer_care.look_after(now())
    assert take(allow_duplicate=True).placed.file.order.status == "received"
    close(incident)
    assert drain() == []


def test_an_import_is_done_once_however_often_it_comes(shop):
    publish()
    with outage("dynamodb"):
        order = take().placed.file.order
    (body,) = messages()
    for _ in range(3):
        order_import.import_message(body, now())
    assert types_of(order.order_id) == ["order.received", "order.placed"]
    assert stock_of("apple") == (498, 2, 0)
