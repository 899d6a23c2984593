"""The stage's queues by name, made in whatever account is at hand."""

import boto3

NAMES = ("ops-alerts", "notifications", "merchant-deliveries", "invoices", "mail-feedback")
LAST_RESORTS = (*(f"{name}-dlq" for name in NAMES), "relay-failures")


def create() -> None:
    for name in (*NAMES, *LAST_RESORTS):
        boto3.client("sqs").create_queue(QueueName=name)
