"""The pages need no tables: the application serves them in an account without anything."""

import pytest

from tests.account import fresh_account
from tests.http import Client


@pytest.fixture(scope="module")
def client():
    with fresh_account(), Client() as test_client:
        yield test_client
