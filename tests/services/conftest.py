"""Fixtures of the use cases' tests."""

import pytest

from tests.providers.http_double import Answer, HttpDouble
from tests.providers.sandbox_process import SandboxProcess
from tests.services.paying import Cashier


@pytest.fixture(scope="session")
def sandbox_company(tmp_path_factory):
    with HttpDouble(lambda _: Answer(200)) as double:
        process = SandboxProcess(tmp_path_factory.mktemp("sandbox"), f"{double.base}/hook")
        yield double, process
        process.stop()


@pytest.fixture
def cashier(shop, sandbox_company):
    return Cashier(*sandbox_company)
