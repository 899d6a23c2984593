"""Taking orders without tables: priced by the standing snapshot, durable in a queue, not yet known.

The answer carries a signed receipt, for nobody can look such an order up before it is imported.
"""

import base64
import hashlib
import hmac
from datetime import datetime

import msgspec

from chalicelib.domain import ids, intake
from chalicelib.domain import status_board as boards
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.intake import Intake
from chalicelib.domain.orders import Order, OrderEvent
from chalicelib.domain.status_board import Incident, StatusBoard
from chalicelib.observability import count, logger
from chalicelib.services import (
    intake_queues,
    orders,
    secrets,
    status_board,
    storefront,
    taken_orders,
)
from chalicelib.services.orders import Asked, Placed
from chalicelib.services.quotes import Quote
from chalicelib.services.taken_orders import TakenOrder
from chalicelib.store.order_files import OrderFile

_PURPOSE = "order-receipt"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """`receipt` is ours alone to make: it proves an order that no table knows yet."""

    placed: Placed
    receipt: str | None = None


def take(wanted: Asked, now: datetime) -> Taken:
    """Queued before it is answered, and on the board before that: who looks for the order is told
    that it cannot be known yet.
    """
    board = _blind_board(wanted.request.store_id, now)
    earlier = _answered_before(board, wanted)
    quoted = storefront.quote_without_tables(wanted.request, now)
    if earlier is None:
        orders.require_orderable(quoted, wanted.request, now)
    order, events = _received(wanted, quoted, earlier, now)
    receipt = signed_receipt(order)
    if earlier is None:
        queue(order, wanted, board.taken_under(order.store_id))
        count("OrdersTakenBlind")
    placed = Placed(OrderFile(order=order, events=events), replayed=earlier is not None)
    return Taken(placed=placed, receipt=receipt)


def _received(
    wanted: Asked, quoted: Quote, earlier: TakenOrder | None, now: datetime
) -> tuple[Order, tuple[OrderEvent, ...]]:
    actor = orders.actor_of(wanted.caller)
    if earlier is None:
        return intake.received(orders.new_order(wanted, quoted, now), actor)
    order = orders.new_order(wanted, quoted, earlier.taken_at)
    told = msgspec.structs.replace(order, line_items=earlier.line_items, totals=earlier.totals)
    return intake.received(told, actor)


def _blind_board(store_id: str, now: datetime) -> StatusBoard:
    """The board with the incident under which the order is taken, opened if there was none.

    An empty one where not even S3 answers: the queue alone is durable enough.
    """
    fresh = Incident(
        incident_id=ids.fresh("inc"),
        cause=boards.DATABASE_UNAVAILABLE,
        opened_at=now,
        opened_by=boards.BREAKER,
        blind=True,
    )
    try:
        known = status_board.recent()
        if known.blind_for(store_id):
            return known
        return status_board.change(lambda b: boards.take_blind(b, store_id, fresh))
    except Unavailable:
        logger.exception("order taken without a board", extra={"store_id": store_id})
        return StatusBoard()


def _answered_before(board: StatusBoard, wanted: Asked) -> TakenOrder | None:
    """What was answered under this key, now or in an outage whose orders are not all placed yet;
    the importer decides where the list cannot be read.
    """
    for one in board.undrained:
        try:
            earlier = taken_orders.find(one.incident_id, wanted.request.store_id, wanted.order_id)
        except Unavailable:
            return None
        if earlier is not None:
            orders.require_same(wanted, earlier.fingerprint)
            return earlier
    return None


def signed_receipt(order: Order) -> str:
    """`<key version>.<order id>.<mark>.<when>.<signature>`."""
    version, key = secrets.keyring().current(_PURPOSE)
    said = f"{version}.{order.order_id}.{order.fingerprint[:16]}.{order.placed_at:%Y%m%dT%H%M%SZ}"
    digest = hmac.new(key, said.encode(), hashlib.sha256).digest()
    return f"{said}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def queue(order: Order, wanted: Asked, incident_ids: tuple[str, ...]) -> None:
    """Make it durable, then list it. Raises `Unavailable` with no durable place left."""
    actor = orders.actor_of(wanted.caller)
    intake_queues.send(intake.encode(Intake(order=order, actor=actor, incident_ids=incident_ids)))
    taken_orders.note(incident_ids, taken_orders.entry_of(order))
