"""What the tests of buffered orders share: the queues' messages, read and imported by hand."""

from datetime import UTC, datetime

import boto3

from chalicelib.config import settings
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ids import fresh
from chalicelib.services import (
    incident_reports,
    incidents,
    order_import,
    order_intake,
    standing_snapshot,
)
from chalicelib.services.incidents import NewIncident
from chalicelib.store import orders as table
from tests.factories import CUSTOMER, MANAGER, an_order_request


def now():
    return datetime.now(UTC)


def take(key=None, caller=CUSTOMER, **overrides):
    request = an_order_request(**overrides)
    return order_intake.take(request, caller, key or fresh("key"), "en", now())


def buffered_incident(store_id=None):
    wanted = NewIncident(cause="The till is down", buffered=True, store_id=store_id)
    opened, _ = incidents.open_incident(wanted, MANAGER, None, now())
    return opened


def close(incident):
    return incidents.close_incident(incident.incident_id, MANAGER, now())


def publish():
    return standing_snapshot.publish(now())


def messages(url=None, region=None):
    """All that the queue holds, taken out of it."""
    sqs = boto3.client("sqs", region_name=region)
    url = url or settings().order_intake_queue_url
    found = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in batch:
            found.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def drain():
    """Import every message of the first queue; those that must wait come back."""
    waiting = []
    for body in messages():
        try:
            order_import.import_message(body, now())
        except Unavailable:
            waiting.append(body)
    return waiting


def status_of(order_id):
    return table.load_order(order_id).status


def types_of(order_id):
    return [event.type for event in table.load_file(order_id).events]


def report_of(incident_id):
    return {line.order_id: line.verdict for line in incident_reports.report(incident_id)}
