"""An AWS account for a test: tables, the application's secret, nothing remembered from before."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

import boto3
from moto import mock_aws

from chalicelib.services import (
    breaker,
    catalogue,
    intake_queues,
    rules,
    secrets,
    standing_snapshot,
    status_board,
)
from tests import tables
from tests.engines import fresh_tables
from tests.environment import SETTINGS


@contextmanager
def fresh_account(dynamodb: str | None = None) -> Iterator[None]:
    """Everything in moto, or the tables in the DynamoDB that answers at that address."""
    with ExitStack() as stack:
        # A session of its own for each test would read botocore's models anew each time.
        stack.enter_context(mock_aws(config={"core": {"reset_boto3_session": False}}))
        if dynamodb:
            stack.enter_context(fresh_tables(dynamodb))
        else:
            tables.create(client("dynamodb"))
        standing_resources()
        client("secretsmanager").create_secret(
            Name="docket/test/app", SecretString=json.dumps({"version": "1", "key": "k" * 40})
        )
        client("secretsmanager").create_secret(
            Name="docket/test/push", SecretString=json.dumps({"key": "p" * 40})
        )
        client("s3").create_bucket(Bucket=SETTINGS["DOCKET_INVOICES_BUCKET"])
        forget()
        yield
        forget()


@cache
def client(service: str, region: str = "us-east-1") -> Any:
    """Made once for all tests: moto answers a client from before, too."""
    return boto3.client(service, region_name=region)


def standing_resources() -> None:
    """What stands while the tables are down: the bucket, the queues, one in another region."""
    client("s3").create_bucket(Bucket=SETTINGS["DOCKET_STANDING_BUCKET"])
    for name in ("order-intake", "order-intake-dlq"):
        client("sqs").create_queue(QueueName=name)
    for name in ("standby-intake", "standby-intake-dlq"):
        client("sqs", "us-west-2").create_queue(QueueName=name)


def forget() -> None:
    """Drop what services keep in memory."""
    for service in (
        breaker, catalogue, intake_queues, rules, secrets, standing_snapshot, status_board,
    ):  # fmt: skip
        service.forget()
