"""The tests of the store run on each engine that it may meet before AWS itself."""

import pytest

from infra.local.cloud import INTERPRETER
from tests.engines import fresh_tables, running_cloud


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory):
    if not INTERPRETER.exists():
        pytest.skip("the local AWS is not installed; run `make setup`")
    with running_cloud(tmp_path_factory.mktemp("cloud")) as endpoint:
        yield endpoint


@pytest.fixture(params=["moto", "ministack", "dynamodb-local"])
def engine(request):
    """Its name, the five tables empty in it."""
    if request.param == "moto":
        request.getfixturevalue("aws")
        yield request.param
        return
    fixture = "local_cloud" if request.param == "ministack" else "dynamodb_local"
    with fresh_tables(request.getfixturevalue(fixture)):
        yield request.param
