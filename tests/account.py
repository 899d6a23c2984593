"""An AWS account for a test: tables, the application's secret, nothing remembered from before."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import boto3
from moto import mock_aws

from chalicelib.services import catalogue, rules, secrets
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
        boto3.client("secretsmanager").create_secret(
            Name="docket/test/app", SecretString=json.dumps({"version": "1", "key": "k" * 40})
        )
        boto3.client("s3").create_bucket(Bucket=SETTINGS["DOCKET_INVOICES_BUCKET"])
        forget()
        yield
        forget()


def forget() -> None:
    """Drop what services keep in memory."""
    for service in (catalogue, rules, secrets):
        service.forget()
