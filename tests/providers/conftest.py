"""The sandbox company, a Stripe that others wrote, and the place where webhooks arrive."""

import pytest

from tests.providers.counterparts_process import CounterpartsProcess
from tests.providers.http_double import Answer, HttpDouble
from tests.providers.localstripe_process import KEY, SECRET, LocalStripe, install
from tests.providers.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def docket():
    """Where webhooks are posted; each is kept for whoever asks."""
    with HttpDouble(lambda _: Answer(200)) as double:
        yield double


@pytest.fixture(scope="module")
def sandbox(docket, tmp_path_factory):
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox"), docket.base + "/hook")
    yield process
    assert process.stop() == 0


@pytest.fixture(scope="session")
def practice(tmp_path_factory):
    """The practice companies; what they tell is taken as Alipay wants it to be."""
    with HttpDouble(lambda _: Answer(200, b"success")) as shop:
        process = CounterpartsProcess(tmp_path_factory.mktemp("companies"), shop)
        yield process
        assert process.stop() == 0


@pytest.fixture(scope="session")
def stripe(docket):
    missing = install()
    if missing:
        pytest.fail(f"localstripe cannot be installed: {missing}")
    process = LocalStripe()
    process.send_webhooks_to(docket.base)
    yield process
    process.stop()


@pytest.fixture
def secrets(stripe):
    return {"secret_key": KEY, "webhook_secrets": ["whsec_old", SECRET], "api_base": stripe.base}
