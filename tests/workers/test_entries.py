"""Each event function as Lambda starts it: by its handler string, in a fresh interpreter."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

START = """
import importlib, json, sys
from tests import environment
environment.prepare()
import os; os.environ["POWERTOOLS_LOG_LEVEL"] = "INFO"
import boto3
from moto import mock_aws
from tests import queues, tables
from tests.account import standing_resources

module, name, sample = sys.argv[1:]
with mock_aws():
    boto3.client("sns").create_topic(Name="order-events")
    tables.create(boto3.client("dynamodb"))
    queues.create()
    standing_resources()
    handler = getattr(importlib.import_module(module), name)
    context = type("Context", (), {"aws_request_id": "req-1"})()
    answer = handler(json.load(open(sample)), context)
assert "app" not in sys.modules
print("ANSWER " + json.dumps(answer))
"""


def run(module: str, name: str, sample: str) -> tuple[dict, list[dict]]:
    """What the function answered and the JSON lines it wrote."""
    done = subprocess.run(
        [sys.executable, "-c", START, module, name, str(ROOT / "events" / sample)],
        capture_output=True, text=True, timeout=60, check=False, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *lines, answer = done.stdout.strip().splitlines()
    return json.loads(answer.removeprefix("ANSWER ")), [json.loads(line) for line in lines]


def assert_one_line_says_done(lines: list[dict], name: str, returned: int) -> None:
    done = [line for line in lines if line.get("message") == "done"]
    assert [(line["function"], line["records"], line["returned"]) for line in done] == [
        (name, 1, returned)
    ]


def test_the_relay_starts_without_the_application():
    name = "relay_order_events"
    answer, lines = run("chalicelib.workers.relay", name, "stream_order_placed.json")
    assert answer == {"batchItemFailures": []}
    assert_one_line_says_done(lines, name, returned=0)
    assert any("EventsRelayed" in line for line in lines if "_aws" in line)


@pytest.mark.parametrize(
    ("module", "name", "sample"),
    [
        (
            "chalicelib.workers.notifications",
            "deliver_notifications",
            "sqs_notification_order_placed.json",
        ),
        ("chalicelib.workers.invoices", "issue_invoices", "sqs_invoice_payment_captured.json"),
    ],
)
def test_a_consumer_starts_without_the_application(module, name, sample):
    """The sample's order is in no table here: the message goes back, the function lives."""
    answer, lines = run(module, name, sample)
    message_id = json.loads((ROOT / "events" / sample).read_text())["Records"][0]["messageId"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": message_id}]}
    assert_one_line_says_done(lines, name, returned=1)
    assert any("MessagesFailed" in line for line in lines if "_aws" in line)


def test_the_merchants_function_starts_without_the_application():
    """The sample's store has no endpoint here, so there is nothing to send."""
    name = "deliver_to_merchant"
    sample = "sqs_merchant_delivery_order_confirmed.json"
    answer, lines = run("chalicelib.workers.merchant_deliveries", name, sample)
    assert answer == {"batchItemFailures": []}
    assert_one_line_says_done(lines, name, returned=0)


def test_the_sweep_starts_without_the_application_and_beats():
    """The heartbeat leaves as a metric, whose absence is an alarm."""
    answer, lines = run("chalicelib.workers.sweep", "sweep_exceptions", "schedule_sweep.json")
    assert (answer["due"], answer["failed"], answer["requested_by"]) == (0, 0, "schedule")
    assert [line["function"] for line in lines if line.get("message") == "done"] == [
        "sweep_exceptions"
    ]
    assert any("SweepHeartbeat" in line for line in lines if "_aws" in line)


def test_reconciling_starts_without_the_application_and_tells_that_it_ran():
    answer, lines = run(
        "chalicelib.workers.reconciliation", "reconcile_payments",
        "schedule_reconcile_payments.json",
    )  # fmt: skip
    assert answer == {"passes": [], "reports": []}
    assert any("ReconciliationRan" in line for line in lines if "_aws" in line)


def test_the_function_that_calls_staff_starts_without_the_application():
    """The mail service knows no sender here, so the text goes out and the mail comes again."""
    sample = "sqs_ops_alert_alarm.json"
    answer, lines = run("chalicelib.workers.alerts", "deliver_alerts", sample)
    message_id = json.loads((ROOT / "events" / sample).read_text())["Records"][0]["messageId"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": message_id}]}
    assert_one_line_says_done(lines, "deliver_alerts", returned=1)
    assert [line["AlertsSent"] for line in lines if "AlertsSent" in line] == [[1.0]]


def test_the_importer_starts_without_the_application_and_rejects_for_a_store_that_is_gone():
    answer, lines = run("chalicelib.workers.order_intake", "import_orders", "sqs_order_intake.json")
    assert answer == {"batchItemFailures": []}
    assert_one_line_says_done(lines, "import_orders", returned=0)
    assert [line["OrdersRejectedAtImport"] for line in lines if "_aws" in line] == [[1.0]]


def test_the_minutes_look_at_the_buffer_starts_without_the_application():
    sample = "schedule_care_for_buffer.json"
    answer, lines = run("chalicelib.workers.order_intake", "care_for_buffer", sample)
    assert answer == {"tables_answer": True, "moved": 0, "waiting": 0, "undrained": 0}
    assert any("BufferCareHeartbeat" in line for line in lines if "_aws" in line)


def test_the_snapshot_starts_without_the_application():
    sample = "schedule_publish_snapshot.json"
    answer, lines = run("chalicelib.workers.snapshot", "publish_snapshot", sample)
    assert answer == {"version": 0, "stores": 0}
    assert any("SnapshotPublished" in line for line in lines if "_aws" in line)


def test_mails_that_come_back_are_taken_without_the_application():
    name = "take_mail_feedback"
    answer, lines = run("chalicelib.workers.mail_feedback", name, "sqs_mail_feedback_bounce.json")
    assert answer == {"batchItemFailures": []}
    assert_one_line_says_done(lines, name, returned=0)
    assert [line["MailsBounced"] for line in lines if "_aws" in line] == [[1.0]]
