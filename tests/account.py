"""An AWS account for a test: tables, the application's secret, nothing remembered from before."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import boto3
from moto import mock_aws

from chalicelib.services import (
    breaker,
    catalogue,
    rules,
    secrets,
    standing_snapshot,
    status_board,
)
from chalicelib.store.client import shared_connection
from tests import tables
from tests.engines import fresh_tables
from tests.environment import SETTINGS


@contextmanager
def fresh_account(dynamodb: str | None = None) -> Iterator[None]:
    """Everything in moto, or the tables in the DynamoDB that answers at that address."""
    with ExitStack() as stack:
        stack.enter_context(mock_aws())
        if dynamodb:
            stack.enter_context(fresh_tables(dynamodb))
        else:
            shared_connection.cache_clear()
            tables.create(boto3.client("dynamodb"))
        standing_resources()
        boto3.client("secretsmanager").create_secret(
            Name="docket/test/app", SecretString=json.dumps({"version": "1", "key": "k" * 40})
        )
        boto3.client("s3").create_bucket(Bucket=SETTINGS["DOCKET_INVOICES_BUCKET"])
        forget()
        yield
        forget()


def standing_resources() -> None:
    """What stands while the tables are down: the bucket, the queues, one in another region."""
    boto3.client("s3").create_bucket(Bucket=SETTINGS["DOCKET_STANDING_BUCKET"])
    for name in ("order-intake", "order-intake-dlq"):
        boto3.client("sqs").create_queue(QueueName=name)
    boto3.client("sqs", region_name="us-west-2").create_queue(QueueName="standby-intake")


def forget() -> None:
    """Drop what services keep in memory."""
    for service in (
        breaker, catalogue, rules, secrets, standing_snapshot, status_board,
    ):  # fmt: skip
        service.forget()
