"""What mends a finding: each remedy through the service that people use for the same.

Every one of them is safe to repeat: a repair that was cut short is simply run again.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial

import msgspec

from chalicelib.domain.errors import Conflict, DocketError, Stale
from chalicelib.domain.exception_cases import (
    Remedy,
    RepairOutcome,
    RepairRun,
    Subject,
)
from chalicelib.domain.merchant_mails import NOT_ACCEPTED
from chalicelib.domain.orders import Actor
from chalicelib.domain.receipts import OWED_RECEIPTS
from chalicelib.domain.repair_patience import Action
from chalicelib.domain.text import Text, both
from chalicelib.observability import logger
from chalicelib.services import (
    asking,
    cancellations,
    drains,
    event_queues,
    merchant_mail,
    orphans,
    payments,
    queues,
    refund_drive,
    refunds,
    stock_drift,
)
from chalicelib.store import orders as table
from chalicelib.store import receipts

Outcome = tuple[RepairOutcome, Text | str]

_NOTHING_NEW = both("The provider knows nothing new.", "支付机构没有新消息。")
_STILL_PENDING = both("Still pending.", "仍在处理中。")
_REFUSED = both("The provider refused.", "支付机构拒绝了请求。")
_JUST_MAILED = both("Mailed a moment ago.", "刚刚已发送邮件。")
_ADDS_UP = both("It adds up.", "账目相符。")
_COUNT_IT = both("Only a count can tell: count it.", "只有盘点才能确定，请盘点。")
_LOOK_AGAIN = both(
    "It is put right if it is still so in five minutes.", "若五分钟后仍如此，将自动更正。"
)


class Job(msgspec.Struct, frozen=True):
    """One remedy to carry out: for which subject, about what, in whose name, up to what amount."""

    subject: Subject
    target: str
    actor: Actor
    now: datetime
    limit_minor: int | None = None

    @property
    def order_id(self) -> str:
        """Of a subject that is an order: those remedies are suggested by rules about orders."""
        return self.subject.id


def mend(
    remedies: Iterable[Remedy],
    subject: Subject,
    rule: str,
    now: datetime,
    approved_by: Actor | None = None,
) -> tuple[RepairRun, ...]:
    """Carry out all remedies; one that fails says why and keeps no other from its turn.

    What a person approves is done in their name, whatever the amount.
    """
    runs = []
    for remedy in remedies:
        limit = None if approved_by else remedy.limit_minor
        actor = approved_by or Actor("system", f"system:{rule}")
        job = Job(subject, remedy.target, actor, now, limit)
        runs.append(RepairRun(now, remedy.action, *_outcome(remedy, job)))
    return tuple(runs)


def _outcome(remedy: Remedy, job: Job) -> Outcome:
    try:
        return ACTIONS[remedy.action](job)
    except DocketError as error:
        return "failed", error.detail
    except Exception:
        logger.exception(
            "repair failed", extra={"action": remedy.action, "subject": job.subject.id}
        )
        return "failed", both("An unexpected error; see the log.", "意外错误，详见日志。")


def _ask_provider(job: Job) -> Outcome:
    news = payments.ask_provider(job.order_id, job.target, job.now)
    return ("done", "") if news else ("nothing_to_do", _NOTHING_NEW)


def _expire_order(job: Job) -> Outcome:
    expired = cancellations.expire(job.order_id, job.actor, job.now)
    return ("done", "") if expired else ("nothing_to_do", "")


def _let_stock_go(job: Job) -> Outcome:
    freed = cancellations.let_go(job.order_id, job.actor, job.now)
    return ("done", "") if freed else ("nothing_to_do", "")


def _drive_refund(job: Job) -> Outcome:
    refund = refund_drive.drive(job.order_id, job.target, job.now)
    if refund.status == "failed":
        return "failed", refund.failure_reason or _REFUSED
    return ("done", "") if refund.status == "succeeded" else ("nothing_to_do", _STILL_PENDING)


def _refund_surplus(job: Job) -> Outcome:
    reason = "Paid after the order had ended"
    refunds.return_everything(job.order_id, reason, job.actor, job.now, job.limit_minor)
    left = table.load_order(job.order_id).refundable_minor
    if left <= 0:
        return "done", ""
    return "failed", both(f"{left} minor units are still here.", f"仍有 {left} 分未退。")


def _deliver_again(job: Job) -> Outcome:
    """The fact that the order is theirs, once more on its way, whatever became of it before."""
    told = [e for e in table.load_file(job.order_id).events if e.type == "order.confirmed"]
    if not told:
        return "nothing_to_do", both("The order was never confirmed.", "订单从未确认。")
    receipt = receipts.find_receipt(job.order_id, "merchant", told[-1].version)
    if receipt is not None and receipt.outcome == "not_applicable":
        return "nothing_to_do", both("The merchant has no endpoint for this.", "商户未接入接口。")
    if receipt is not None and receipt.outcome != "pending":
        receipts.seize(receipt, job.now)
    event_queues.send(told[-1], "merchant")
    return "done", ""


def _mail_merchant(job: Job) -> Outcome:
    """The second channel: people read mail when their system is silent."""
    order = table.load_order(job.order_id)
    told = merchant_mail.mail_merchant(order, job.target or NOT_ACCEPTED, job.now)
    if told == "no_address":
        return "failed", both("The store has no mail address.", "门店没有邮箱。")
    return ("done", "") if told == "sent" else ("nothing_to_do", _JUST_MAILED)


def _redrive(job: Job) -> Outcome:
    """Give the consumer another chance at what it gave up, a bounded number at a time."""
    moved = queues.redrive(job.subject.id)
    if not moved.sent:
        return "nothing_to_do", moved.told
    return "done", moved.told


def _rebalance_stock(job: Job) -> Outcome:
    """Of a subject that is a SKU; the target is its store."""
    try:
        drift = stock_drift.look(job.target, job.subject.id, job.now)
    except stock_drift.Unsure as unsure:
        return "nothing_to_do", unsure.told
    if drift is None:
        return "done", _ADDS_UP
    if (change := stock_drift.rebalance(drift, job.actor, job.now)) is not None:
        return "done", change
    return ("failed", _COUNT_IT) if drift.is_sure else ("nothing_to_do", _LOOK_AGAIN)


def _send_again(job: Job) -> Outcome:
    name, _, version = job.target.partition("/")
    consumer = next((one for one in OWED_RECEIPTS if one == name), None)
    events = table.load_file(job.order_id).events
    event = next((event for event in events if event.version == int(version)), None)
    if event is None or consumer is None:
        return "nothing_to_do", both("There is no such event.", "没有该事件。")
    event_queues.send(event, consumer)
    return "done", f"{event.type} → {consumer}"


def _refund_duplicate(job: Job) -> Outcome:
    refund = refunds.return_duplicate(job.order_id, job.target, job.actor, job.now, job.limit_minor)
    if refund is None:
        return "nothing_to_do", both("It is no duplicate any more.", "已不再重复。")
    if refund.status == "failed":
        return "failed", refund.failure_reason or _REFUSED
    return "done", f"{refund.amount.decimal()} {refund.amount.currency}"


def _look_up_orphans(job: Job) -> Outcome:
    """Of a subject that is a provider."""
    found = orphans.look_up(job.subject.id, job.now)
    if not found.tried:
        return "nothing_to_do", both("There are none any more.", "已没有此类事件。")
    told = both(
        f"{found.applied} of {found.tried} have an order by now.",
        f"{found.tried} 个事件中已有 {found.applied} 个找到订单。",
    )
    return ("done" if found.applied else "nothing_to_do"), told


def _drive_drain(job: Job) -> Outcome:
    """Of a subject that is an incident."""
    pushed = drains.push(job.subject.id)
    if not pushed:
        return "nothing_to_do", both("They come soon.", "即将处理。")
    return "done", both(f"{pushed} queued again.", f"{pushed} 个已重新排队。")


def _ask_about_missing(job: Job) -> Outcome:
    """Of a subject that is a SKU; the target is its store."""
    asked = asking.about_missing(job.target, job.subject.id, job.actor, job.now)
    if not asked:
        return "nothing_to_do", both("Everyone whom it concerns was asked.", "相关顾客均已询问。")
    numbers = ", ".join(asked)
    return "done", both(f"Asked about {numbers}.", f"已就 {numbers} 询问顾客。")


def _propose_time(job: Job) -> Outcome:
    return _asked(partial(asking.about_time, job.order_id, job.actor, job.now))


def _ask_if_meant(job: Job) -> Outcome:
    return _asked(partial(asking.about_repeat, job.order_id, job.target, job.actor, job.now))


def _asked(ask: Callable[[], Text]) -> Outcome:
    try:
        return "done", ask()
    except Stale:
        raise
    except Conflict as refused:
        return "nothing_to_do", refused.detail


ACTIONS: Mapping[Action, Callable[[Job], Outcome]] = {
    "ask_provider": _ask_provider,
    "expire_order": _expire_order,
    "let_stock_go": _let_stock_go,
    "drive_refund": _drive_refund,
    "refund_surplus": _refund_surplus,
    "refund_duplicate": _refund_duplicate,
    "look_up_orphans": _look_up_orphans,
    "deliver_again": _deliver_again,
    "mail_merchant": _mail_merchant,
    "remind_merchant": _mail_merchant,
    "send_again": _send_again,
    "redrive": _redrive,
    "drive_drain": _drive_drain,
    "rebalance_stock": _rebalance_stock,
    "ask_about_missing": _ask_about_missing,
    "propose_time": _propose_time,
    "ask_if_meant": _ask_if_meant,
}
