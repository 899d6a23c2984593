"""Orders in their table: each change is one transaction, refused whole and for a named reason."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.domain import orders as domain
from chalicelib.domain.clock import epoch_ms
from chalicelib.domain.errors import NotFound, Stale
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Actor, Change, StockMove
from chalicelib.domain.payments import Payment
from chalicelib.store import order_lists, orders, sweep
from chalicelib.store.client import Put, TransactionRefused
from chalicelib.store.orders import AlreadyThere, OutOfStock, PossibleDuplicate
from chalicelib.store.tables import OperationItem, OrderItem
from tests.contract.an_order import an_order
from tests.factories import put_stock, stock_of

pytestmark = pytest.mark.usefixtures("engine")
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SOON = NOW + timedelta(minutes=2)
ADA = Actor("customer", "cus_1")
STORE = "sto_1"


def placing(order_id="ord_1", stock=(), guard_key=None, placed_at=NOW, **fields):
    order = msgspec.structs.replace(
        an_order(Money(1000, "CNY"), placed_at), order_id=order_id, version=0, guard_key=guard_key,
        guard_expires_at=placed_at + timedelta(minutes=2), **fields,
    )  # fmt: skip
    order, events = domain.happened(order, (("order.placed", {}),), ADA, placed_at)
    moves = tuple(StockMove("reserve", sku, n) for sku, n in stock)
    return Change(
        before=None, order=order, events=events, stock=moves, takes_guard=guard_key is not None
    )


def noting(order, text="a note", **more):
    after, events = domain.happened(order, (("order.noted", {"text": text}),), ADA, NOW)
    return Change(before=order, order=after, events=events, **more)


def placed(**wish):
    return orders.save(placing(**wish), check_at=SOON)


def test_what_was_saved_is_read_back_whole():
    put_stock(STORE, "apple", 5)
    order = placed(stock=(("apple", 2),))
    file = orders.load_file("ord_1")
    assert file.order == order == orders.load_order("ord_1")
    assert [event.type for event in file.events] == ["order.placed"]
    assert stock_of("apple", STORE) == (3, 2, 0)


def test_an_order_that_is_not_there_is_not_found():
    assert orders.find_order("ord_9") is None
    with pytest.raises(NotFound):
        orders.load_file("ord_9")


def test_the_same_order_placed_twice_is_one():
    put_stock(STORE, "apple", 5)
    placed(stock=(("apple", 2),))
    with pytest.raises(AlreadyThere):
        placed(stock=(("apple", 2),))
    assert stock_of("apple", STORE) == (3, 2, 0)


def test_too_little_stock_names_each_sku_and_writes_nothing():
    for sku, quantity in (("apple", 5), ("bread", 1), ("milk", 1)):
        put_stock(STORE, sku, quantity)
    with pytest.raises(OutOfStock) as refused:
        placed(stock=(("apple", 2), ("bread", 2), ("milk", 3)))
    assert refused.value.skus == ("bread", "milk")
    assert orders.find_order("ord_1") is None
    assert stock_of("apple", STORE) == (5, 0, 0)


def test_a_sku_that_was_never_stocked_is_out_of_stock():
    with pytest.raises(OutOfStock) as refused:
        placed(stock=(("ghost", 1),))
    assert refused.value.skus == ("ghost",)


def test_release_and_commit_move_reserved_units():
    put_stock(STORE, "apple", 5)
    order = placed(stock=(("apple", 4),))
    moves = (StockMove("release", "apple", 1),)
    order = orders.save(noting(order, stock=moves), check_at=None)
    orders.save(noting(order, stock=(StockMove("commit", "apple", 3),)), check_at=None)
    assert stock_of("apple", STORE) == (2, 0, 3)


def test_a_change_of_an_order_that_moved_on_is_stale_and_writes_nothing():
    seen = placed()
    orders.save(noting(seen, "first"), check_at=None)
    with pytest.raises(Stale):
        orders.save(noting(seen, "second"), check_at=None)
    assert [e.data for e in orders.load_file("ord_1").events] == [{}, {"text": "first"}]


def test_an_event_is_written_once_even_where_the_order_would_allow_it():
    order = placed()
    OrderItem("ord_1", "event#000002", data="{}").save()
    with pytest.raises(Stale):
        orders.save(noting(order), check_at=None)
    assert orders.load_order("ord_1").version == 1


def test_a_guard_that_another_holds_names_the_order():
    placed(guard_key="guard#ada")
    with pytest.raises(PossibleDuplicate) as refused:
        placed(order_id="ord_2", guard_key="guard#ada")
    assert refused.value.facts == {"order_id": "ord_1"}
    assert orders.find_order("ord_2") is None


def test_a_guard_that_lapsed_or_is_overridden_hinders_nobody():
    placed(guard_key="guard#ada")
    placed(order_id="ord_2", guard_key="guard#ada", placed_at=NOW + timedelta(minutes=3))
    placed(order_id="ord_3", guard_key="guard#ada", duplicate_meant=True)
    assert OperationItem.get("guard#ada", "guard").order_id == "ord_3"


def test_the_reason_of_the_order_itself_is_read_before_the_guards():
    placed(guard_key="guard#ada")
    with pytest.raises(AlreadyThere):
        placed(guard_key="guard#ada")


def test_an_order_frees_only_the_guard_that_it_holds():
    first = placed(guard_key="guard#ada")
    placed(order_id="ord_2", guard_key="guard#ada", duplicate_meant=True)
    orders.save(noting(first, frees_guard=True), check_at=None)
    assert orders.load_order("ord_1").version == 2
    assert OperationItem.get("guard#ada", "guard").order_id == "ord_2"
    second = orders.load_order("ord_2")
    orders.save(noting(second, frees_guard=True), check_at=None)
    assert list(OperationItem.query("guard#ada")) == []


def test_writes_that_go_with_a_change_stand_or_fall_with_it():
    order = placed()
    inbox = Put(OperationItem("sandbox#evt_1", "inbox"), OperationItem.PK.does_not_exist())
    order = orders.save(noting(order), check_at=None, also=(inbox,))
    with pytest.raises(TransactionRefused) as refused:
        orders.save(noting(order), check_at=None, also=(inbox,))
    assert [refusal.index for refusal in refused.value.refusals] == [0]
    assert orders.load_order("ord_1").version == 2


def a_payment():
    return Payment(
        payment_id="pay_1", order_id="ord_1", provider="sandbox", method="card", status="pending",
        amount=Money(1000, "CNY"), created_at=NOW, updated_at=NOW, expires_at=SOON, fingerprint="",
    )  # fmt: skip


def test_a_payment_is_replaced_only_while_it_is_as_it_was():
    offered = msgspec.structs.replace(a_payment(), reference="theirs")
    orders.save(noting(placed(), documents=(a_payment(),)), check_at=None)
    assert orders.replace_payment(a_payment(), offered) == offered
    late = msgspec.structs.replace(a_payment(), reference="another")
    assert orders.replace_payment(a_payment(), late) == offered
    assert orders.load_file("ord_1").payments == (offered,)


def due(until):
    return {i for shard in range(16) for i in sweep.due_order_ids(shard, until, 100)}


def test_the_sweeps_index_holds_orders_by_their_next_check():
    placed()
    placed(order_id="ord_2")
    assert due(SOON - timedelta(seconds=1)) == set()
    assert due(SOON) == {"ord_1", "ord_2"}
    assert orders.redate(orders.load_order("ord_1"), None)
    assert orders.redate(orders.load_order("ord_2"), SOON + timedelta(hours=1))
    assert due(SOON) == set()
    assert {i for shard in range(16) for i in sweep.live_order_ids(shard)} == {"ord_2"}


def test_a_change_keeps_the_earlier_check_and_a_stale_redating_is_refused():
    first = placed()
    later = orders.save(noting(first), check_at=SOON + timedelta(hours=1))
    assert later.next_check_ms == epoch_ms(SOON)
    assert not orders.redate(first, None)
    assert due(SOON) == {"ord_1"}


def test_a_customers_orders_are_listed_and_a_stores_live_ones_apart():
    placed()
    placed(order_id="ord_2", placed_at=NOW + timedelta(minutes=1), status="canceled")
    newest, oldest = (
        order_lists.customer_keys("cus_1", start, 1) for start in (None, only("ord_2"))
    )
    assert [key["PK"]["S"] for key in newest.keys + oldest.keys] == ["ord_2", "ord_1"]
    board = order_lists.store_keys(STORE, ("done#", "open#"), "", None, 10)
    assert [order.status for _, order in order_lists.with_orders(board)] == ["canceled", "placed"]
    live = order_lists.store_keys(STORE, ("open#",), "", None, 10)
    assert [key["PK"]["S"] for key in live.keys] == ["ord_1"]


def only(order_id):
    """The customer's index key of one order."""
    keys = order_lists.customer_keys("cus_1", None, 10).keys
    return next(key for key in keys if key["PK"]["S"] == order_id)
