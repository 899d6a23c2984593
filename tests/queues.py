"""The stage's queues by name, made in whatever account is at hand."""

from tests.account import client

NAMES = ("ops-alerts", "notifications", "merchant-deliveries", "invoices", "mail-feedback")
LAST_RESORTS = (*(f"{name}-dlq" for name in NAMES), "relay-failures")


def create() -> None:
    for name in (*NAMES, *LAST_RESORTS):
        client("sqs").create_queue(QueueName=name)
