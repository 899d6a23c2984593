"""The drills run on AWS's own engine where Java is: moto copies all tables for each transaction."""

import pytest

from infra.local import dynamodb_local as engine
from tests.account import fresh_account


@pytest.fixture(scope="session")
def drilled_tables(request):
    """Where the tables of the drills answer; None for moto."""
    return None if engine.missing() else request.getfixturevalue("dynamodb_local")


@pytest.fixture
def aws(drilled_tables):
    with fresh_account(drilled_tables):
        yield
