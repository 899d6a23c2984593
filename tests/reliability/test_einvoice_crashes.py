"""An e-invoice is asked for in several calls: whichever the function dies at, there is one."""

import pytest

from chalicelib.services import einvoices, invoices
from chalicelib.store import orders as table
from tests.factories import CUSTOMER
from tests.reliability.test_crash_everywhere import everywhere, now, placed
from tests.services.confirmed import a_confirmed_order
from tests.services.platform import running_platform
from tests.services.sweeping import make_queues


@pytest.fixture(scope="module")
def process(tmp_path_factory):
    with running_platform(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture
def platform(shop, process):
    process.serve_store()
    process.plan("issued", times=1000)
    einvoices.wait_for_nobody()
    make_queues()
    return process


def test_asking_for_it_and_hearing_its_end(platform):
    def prepare():
        order_id = placed(allow_duplicate=True).order_id
        a_confirmed_order(CUSTOMER, order_id, now())
        events = table.load_file(order_id).events
        captured = next(event for event in events if event.type == "payment.captured")
        invoices.issue(captured, now())
        return captured

    def act(captured):
        for _ in range(2):
            einvoices.drive_all([captured], now)

    def check(captured):
        file = table.load_file(captured.order_id)
        (einvoice,) = file.einvoices
        assert einvoice.state == "issued"
        assert [event.type for event in file.events].count("einvoice.issued") == 1
        assert einvoices.read_paper(file.invoices[0], einvoice).startswith(b"%PDF-")
        asked = [one for one in platform.requests() if one["order_number"] == file.order.number]
        assert [one["number"] for one in asked] == [einvoice.number]

    everywhere(prepare, act, check)
