"""Sweeps at a moment of the test's choosing, and what they leave behind."""

import json
from datetime import datetime, timedelta

from chalicelib import aws
from chalicelib.domain.receipts import OWED_RECEIPTS, Receipt
from chalicelib.services import exception_cases, sweep
from chalicelib.services.exception_cases import CaseFilter
from chalicelib.store import orders as order_table
from chalicelib.store import receipts
from tests import queues
from tests.account import client
from tests.environment import SETTINGS
from tests.factories import MANAGER, NOW


def make_queues():
    """The queues that the sweep writes to, and a sender of mail."""
    aws.client.cache_clear()
    client("sesv2").create_email_identity(EmailIdentity="docket@example.com")
    queues.create()


def messages(name):
    """Take what lies in a queue."""
    sqs = client("sqs")
    url = f"{SETTINGS['DOCKET_NOTIFICATIONS_QUEUE_URL'].rpartition('/')[0]}/{name}"
    found = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in batch:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def sweep_at(seconds=0.0, *, at: datetime | None = None, budget=timedelta(seconds=20)):
    """A sweep so many seconds after `NOW`, all of it in one instant."""
    moment = at or NOW + timedelta(seconds=seconds)
    return sweep.sweep("test", lambda: moment, budget, wait=lambda _: None)


def cases(rule=None, status=None, caller=MANAGER):
    return list(exception_cases.list_cases(caller, CaseFilter(rule=rule, status=status), 100).cases)


def events_of(order_id):
    return [event.type for event in order_table.load_file(order_id).events]


def give_receipts(order_id):
    """Every owed receipt, as if the consumers had done their part."""
    file = order_table.load_file(order_id)
    for event in file.events:
        for consumer, types in OWED_RECEIPTS.items():
            if event.type in types:
                receipts.first(
                    Receipt(
                        order_id=order_id, event_id=event.event_id, version=event.version,
                        event_type=event.type, consumer=consumer, outcome="delivered",
                        at=event.at,
                    )
                )  # fmt: skip
