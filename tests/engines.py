"""The engines that the store is tested on: moto, the local AWS and DynamoDB Local, tables empty."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from chalicelib.store.client import shared_connection
from infra.local import cloud
from infra.local.ports import free_port
from tests import tables

ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB"


@contextmanager
def pointed_at(endpoint: str) -> Iterator[None]:
    """Within, the store speaks to the DynamoDB that answers there."""
    os.environ[ENDPOINT] = endpoint
    shared_connection.cache_clear()
    try:
        yield
    finally:
        del os.environ[ENDPOINT]
        shared_connection.cache_clear()


@contextmanager
def fresh_tables(endpoint: str) -> Iterator[None]:
    """The five tables there, empty, and gone afterwards."""
    with pointed_at(endpoint):
        dynamodb = boto3.client("dynamodb")
        for name in dynamodb.list_tables()["TableNames"]:
            dynamodb.delete_table(TableName=name)
        tables.create(dynamodb)
        yield


@contextmanager
def running_cloud(folder: Path) -> Iterator[str]:
    """A bare local AWS, nothing deployed; its endpoint."""
    host = cloud.LocalCloud(folder, free_port())
    host.start()
    try:
        asyncio.run(host.ready())
        yield host.endpoint
    finally:
        host.stop()
