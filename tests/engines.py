"""The engines that the store is tested on: moto, the local AWS and DynamoDB Local, tables empty."""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
    before = {name: os.environ.get(name, "") for name in cloud.CREDENTIALS}
    os.environ.update({ENDPOINT: endpoint, **cloud.CREDENTIALS})
    shared_connection.cache_clear()
    try:
        yield
    finally:
        os.environ.update(before)
        del os.environ[ENDPOINT]
        shared_connection.cache_clear()


@contextmanager
def fresh_tables(endpoint: str) -> Iterator[None]:
    """The five tables there, empty, and gone afterwards."""
    with pointed_at(endpoint):
        dynamodb = boto3.Session().client("dynamodb")
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
        # In a thread of its own: a browser's test in this process may have a loop running in ours.
        with ThreadPoolExecutor(1) as waiting:
            waiting.submit(lambda: asyncio.run(host.ready())).result()
        yield host.endpoint
    finally:
        host.stop()
