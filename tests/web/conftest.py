"""The pages need no tables: the bare application serves them."""

import pytest

from tests.http import Client


@pytest.fixture(scope="module")
def client():
    with Client() as test_client:
        yield test_client
