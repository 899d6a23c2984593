"""The drills run on AWS's own engine where Java is: moto copies all tables for each transaction."""

from contextlib import nullcontext

import pytest

from infra.local import dynamodb_local as engine
from tests.account import fresh_account


@pytest.fixture(scope="session")
def drilled_tables(tmp_path_factory):
    """Where the tables of the drills answer; None for moto."""
    able = not engine.missing()
    log = tmp_path_factory.mktemp("dynamodb") / "log"
    with engine.running_dynamodb(log) if able else nullcontext() as endpoint:
        yield endpoint


@pytest.fixture
def aws(drilled_tables):
    with fresh_account(drilled_tables):
        yield
