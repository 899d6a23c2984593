"""What the sweep reads and writes of its own: the sparse index, its leases, what it watches.

The leases keep two sweeps from doing the same work; they are not what keeps data right. Every
write about an order or a case is conditioned on the version that was read.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain.clock import epoch_ms, rfc3339
from chalicelib.domain.due import DUE_SHARDS
from chalicelib.domain.orders import Order
from chalicelib.domain.provider_records import ProviderRecord
from chalicelib.domain.receipts import Receipt
from chalicelib.store import client, provider_records, receipts
from chalicelib.store.client import Put, TransactionRefused, Update, Write
from chalicelib.store.order_files import TIMELINE_END, OrderFile, file_of
from chalicelib.store.tables import OperationItem, OrderItem

_LEASES = "lease#sweep"
_WATCHED = "watch#stock"
_SWEEP = "sweep"
_STATE = "state"
_LAST = "last"
_OTHERS_MAX = 50
# The lease behind the shards of orders: for what is looked at once a sweep, whatever the orders.
SUBJECTS = DUE_SHARDS


class Lease(msgspec.Struct, frozen=True):
    """The right to work on one shard, or on `SUBJECTS`, until then.

    Each holder's fence is higher than the last's.
    """

    shard: int
    fence: int
    until: datetime


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU to look at. `mark` tells one wish to look from the next.

    As long as no more and no less is left than `available`, and until `again_at`, nothing need be
    done about it.
    """

    store_id: str
    sku: str
    mark: int = 0
    available: int | None = None
    again_at: datetime | None = None

    def is_quiet(self, available: int, now: datetime) -> bool:
        return self.available == available and self.again_at is not None and now < self.again_at


def due_order_ids(shard: int, until: datetime, most: int) -> list[str]:
    """Orders of the shard that a rule could have something to say about by then."""
    with client.translating():
        found = OrderItem.due.query(
            shard, OrderItem.next_check_at <= epoch_ms(until), limit=most, page_size=most
        )
        return [item.PK for item in found]


def live_order_ids(shard: int) -> Iterator[str]:
    """Every order of the shard that is in the index at all."""
    with client.translating():
        for item in OrderItem.due.query(shard, page_size=1000):
            yield item.PK


def earlier_order_ids(order: Order, since: datetime) -> list[str]:
    """What the same customer ordered in the time before this order; guests go by their guard."""
    whose = order.customer_id or order.guard_key
    if whose is None:
        return []
    found = order_ids_of(whose, since, order.placed_at)
    return [order_id for order_id in found if order_id != order.order_id]


def order_ids_of(whose: str, since: datetime, until: datetime) -> list[str]:
    """What one customer (guests go by their guard) placed in that time, the oldest first."""
    span = OrderItem.placed_key.between(rfc3339(since), rfc3339(until) + "#~")
    with client.translating():
        found = OrderItem.by_customer.query(whose, span, limit=_OTHERS_MAX)
        return [item.PK for item in found]


class Whole(msgspec.Struct, frozen=True):
    """An order's file and what lies behind its timeline."""

    file: OrderFile
    receipts: tuple[Receipt, ...]
    records: tuple[ProviderRecord, ...]


def find_whole(order_id: str) -> Whole | None:
    """All that is kept under an order, in one Query."""
    with client.translating():
        items = list(OrderItem.query(order_id, consistent_read=True))
    file = file_of([item for item in items if not item.SK.startswith(TIMELINE_END)])
    if file is None:
        return None
    given = [item for item in items if item.SK.startswith(receipts.PREFIX)]
    theirs = [item for item in items if item.SK.startswith(provider_records.PREFIX)]
    return Whole(
        file,
        tuple(receipts.receipt_of(item) for item in given),
        tuple(provider_records.record_of(item) for item in theirs),
    )


def take_leases(shards: Iterable[int], now: datetime, lasting: timedelta) -> list[Lease]:
    """Those of the shards that nobody else works on, all in one transaction."""
    wanted = set(shards)
    with client.translating():
        items = list(OperationItem.query(_LEASES, consistent_read=True))
    fences = {int(item.SK): int(item.version or 0) for item in items}
    held = {int(item.SK) for item in items if (item.expires_ms or 0) > epoch_ms(now)}
    until = now + lasting
    free = [Lease(shard, fences.get(shard, 0) + 1, until) for shard in sorted(wanted - held)]
    while free:
        try:
            client.transact([_taking(lease) for lease in free])
        except TransactionRefused as refused:
            taken = {refusal.index for refusal in refused.refusals}
            free = [lease for at, lease in enumerate(free) if at not in taken]
        else:
            break
    return free


def _taking(lease: Lease) -> Update:
    item = OperationItem(_LEASES, f"{lease.shard:02d}")
    moved = [
        OperationItem.version.set(lease.fence),
        OperationItem.expires_ms.set(epoch_ms(lease.until)),
    ]
    if lease.fence == 1:
        return Update(item, moved, OperationItem.PK.does_not_exist())
    return Update(item, moved, OperationItem.version == lease.fence - 1)


def give_back(leases: Sequence[Lease]) -> None:
    """Let others in at once. A lease that somebody took over meanwhile is theirs."""
    if not leases:
        return
    writes: list[Write] = [
        Update(
            OperationItem(_LEASES, f"{lease.shard:02d}"),
            [OperationItem.expires_ms.set(0)],
            OperationItem.version == lease.fence,
        )
        for lease in leases
    ]
    try:
        client.transact(writes)
    except TransactionRefused as refused:
        taken = {refusal.index for refusal in refused.refusals}
        give_back([lease for at, lease in enumerate(leases) if at not in taken])


def load_settled_version() -> int:
    """Up to which edit of the rules no order can be dated by older ones any more."""
    with client.translating():
        try:
            item = OperationItem.get(_SWEEP, _STATE, consistent_read=True)
        except OperationItem.DoesNotExist:
            return 0
    return int(item.version or 0)


def save_settled_version(version: int) -> None:
    with client.translating():
        OperationItem(_SWEEP, _STATE, version=version).save()


def save_last(counts: msgspec.Struct) -> None:
    with client.translating():
        OperationItem(_SWEEP, _LAST, data=counts).save()


def find_last() -> str | None:
    """The counts of the newest sweep, as JSON."""
    with client.translating():
        try:
            item = OperationItem.get(_SWEEP, _LAST, consistent_read=True)
        except OperationItem.DoesNotExist:
            return None
    return str(item.data)


def watch(store_id: str, sku: str, now: datetime) -> Put:
    """The write that has the next sweep look at a SKU, for whoever changes its stock by hand."""
    item = OperationItem(_WATCHED, _sku_key(store_id, sku), expires_ms=epoch_ms(now))
    return Put(item)


def save_watched(watched: Watched) -> None:
    """Note what was seen, unless somebody asked to look again in the meantime."""
    item = OperationItem(
        _WATCHED, _sku_key(watched.store_id, watched.sku), data=watched, expires_ms=watched.mark
    )
    known = OperationItem.PK.does_not_exist() | (OperationItem.expires_ms == watched.mark)
    try:
        with client.translating():
            item.save(condition=known)
    except client.ConditionFailed:
        return


def list_watched() -> list[Watched]:
    with client.translating():
        items = list(OperationItem.query(_WATCHED, consistent_read=True))
    return [_watched(item) for item in items]


def _watched(item: OperationItem) -> Watched:
    store_id, _, sku = item.SK.partition("#")
    mark = int(item.expires_ms or 0)
    if item.data is None:
        return Watched(store_id=store_id, sku=sku, mark=mark)
    return msgspec.json.decode(item.data, type=Watched)


def _sku_key(store_id: str, sku: str) -> str:
    return f"{store_id}#{sku}"


def unwatch(watched: Watched) -> None:
    """Stop looking, unless somebody asked to look again in the meantime."""
    item = OperationItem(_WATCHED, _sku_key(watched.store_id, watched.sku))
    try:
        with client.translating():
            item.delete(condition=OperationItem.expires_ms == watched.mark)
    except client.ConditionFailed:
        return
