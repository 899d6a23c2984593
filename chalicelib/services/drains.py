"""Draining what waits: which incidents are over and not drained, and giving their orders a push."""

from datetime import datetime

from chalicelib import aws
from chalicelib.domain import intake
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.exception_cases import Subject
from chalicelib.domain.intake import Intake
from chalicelib.domain.orders import Actor, Order
from chalicelib.observability import logger
from chalicelib.rules.base import BufferEvidence
from chalicelib.services import incident_reports, intake_queues, status_board
from chalicelib.store import orders as table

_IMPORTER = Actor("system", "system:import")


def undrained(now: datetime) -> list[BufferEvidence]:
    """Closed incidents whose orders are not all decided."""
    try:
        over = [one for one in status_board.load().undrained if one.closed_at is not None]
        with aws.calling("The intake queues"):
            waiting = intake_queues.waiting() if over else 0
    except Unavailable:
        logger.warning("nobody knows what waits")
        return []
    return [
        BufferEvidence(
            subject=Subject("incident", one.incident_id),
            store_id=one.store_id or "",
            at=now,
            told=one.cause,
            closed_at=one.closed_at,
            waiting=waiting,
        )
        for one in over
        if one.closed_at is not None
    ]


def push(incident_id: str) -> int:
    """Queue each order of the incident that the table has as received once more; how many."""
    waiting = [
        line.order_id
        for line in incident_reports.report(incident_id)
        if line.verdict in {"waiting", "failed"} and line.number is not None
    ]
    for order_id in waiting:
        queue_again(table.load_order(order_id), (incident_id,))
    return len(waiting)


def may_be_lost(order: Order, now: datetime) -> bool:
    """Not while it waits for an incident. While messages are in the queues one of them is likely
    its own: then it gets another in its 2nd, 4th, 8th … minute only.
    """
    if status_board.recent().taken_under(order.store_id):
        return False
    if intake.is_doubled(now - order.placed_at):
        return True
    with aws.calling("The intake queues"):
        return intake_queues.were_empty(now)


def queue_again(order: Order, incident_ids: tuple[str, ...] = ()) -> None:
    """What the queue has already is placed once all the same."""
    message = Intake(order=order, actor=_IMPORTER, incident_ids=incident_ids)
    intake_queues.send(intake.encode(message))
