"""What all tests share: a stage in moto with tables, secrets and a small catalogue."""

from collections.abc import Iterator

from tests import environment, order_of_work

environment.prepare()

import pytest  # noqa: E402

from tests.account import fresh_account  # noqa: E402


def pytest_xdist_make_scheduler(config, log):
    return order_of_work.Sharing(config, log)


def pytest_collection_modifyitems(items):
    order_of_work.put_in_order(items)


def pytest_collection_finish():
    order_of_work.keep_what_is_loaded()


@pytest.fixture
def aws() -> Iterator[None]:
    with fresh_account():
        yield


@pytest.fixture(scope="module")
def lasting_client():
    """One small shop for a module's many requests, where a fresh one for each costs too much."""
    from tests import factories
    from tests.http import Client

    with fresh_account():
        factories.open_shop()
        with Client() as test_client:
            yield test_client


@pytest.fixture
def shop(aws):
    """Two stores with products and stock."""
    from tests import factories

    return factories.open_shop()


@pytest.fixture
def client(shop):
    """The application over Chalice's own test client, on the small shop."""
    from tests.http import Client

    with Client() as test_client:
        yield test_client


@pytest.fixture
def small_allowance(monkeypatch):
    """5 orders a minute, 3 of them unpaid."""
    from chalicelib.config import settings

    monkeypatch.setenv("DOCKET_ORDER_POSTS_PER_MINUTE", "5")
    monkeypatch.setenv("DOCKET_UNPAID_ORDERS_MAX", "3")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture(scope="session")
def sandbox_company(tmp_path_factory):
    """The practice payment company as a real process, its webhooks kept for whoever wants them."""
    from tests.providers.http_double import Answer, HttpDouble
    from tests.providers.sandbox_process import SandboxProcess

    with HttpDouble(lambda _: Answer(200)) as double:
        process = SandboxProcess(tmp_path_factory.mktemp("sandbox"), f"{double.base}/hook")
        yield double, process
        process.stop()


@pytest.fixture
def cashier(shop, sandbox_company):
    from tests.paying import Cashier

    return Cashier(*sandbox_company)


@pytest.fixture
def stripe(shop):
    """Stripe's double, which the shop takes cards by."""
    from tests.stripe_company import StripeCompany

    with StripeCompany() as company:
        company.register()
        yield company


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """The whole local stage, as `make run` starts it; one for all processes of a test run."""
    from tests.shared_stack import shared_stack

    with shared_stack(tmp_path_factory.getbasetemp().parent) as running:
        yield running


@pytest.fixture(scope="session")
def dynamodb_local(tmp_path_factory):
    """The address of AWS's own engine, or a skip where the machine cannot run it."""
    from infra.local import dynamodb_local as engine

    if lacking := engine.missing():
        pytest.skip(f"DynamoDB Local needs {lacking}")
    with engine.running_dynamodb(tmp_path_factory.mktemp("dynamodb") / "log") as endpoint:
        yield endpoint
