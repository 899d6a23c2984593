"""Invoices as their function issues them, from the order's events."""

from datetime import timedelta

import pytest

from chalicelib.services import invoices, papers
from chalicelib.store import orders as table
from chalicelib.store import receipts
from chalicelib.store.invoices import last_sequence
from tests.factories import CUSTOMER, MARKET, NOW
from tests.services.confirmed import a_confirmed_order

LATER = NOW + timedelta(seconds=5)


def captured(order):
    events = table.load_file(order.order_id).events
    return next(event for event in events if event.type == "payment.captured")


@pytest.fixture
def paid(shop):
    return a_confirmed_order(CUSTOMER)[1]


def test_a_paid_order_gets_its_invoice_and_a_repeated_message_nothing(paid):
    (issued,) = invoices.issue(captured(paid), LATER)
    assert invoices.issue(captured(paid), LATER) == ()

    file = table.load_file(paid.order_id)
    assert file.invoices == (issued,)
    assert (issued.kind, issued.number) == ("invoice", "MARKET-2026-000001")
    assert issued.totals == paid.totals
    last = file.events[-1]
    assert (last.type, last.version, file.order.version) == (
        "invoice.issued", paid.version + 1, paid.version + 1,
    )  # fmt: skip
    assert last.data["number"] == issued.number
    assert last_sequence(MARKET, 2026) == 1
    receipt = receipts.find_receipt(paid.order_id, "invoices", captured(paid).version)
    assert receipt.outcome == "delivered"


def test_what_was_issued_is_kept_in_every_form(paid):
    (issued,) = invoices.issue(captured(paid), LATER)
    beginnings = {
        content_type: papers.read(issued, paper, "zh-CN")[:5]
        for content_type, paper in papers.forms().items()
    }
    assert beginnings == {
        "application/pdf": b"%PDF-", "application/xml": b"<?xml", "text/html": b"<!doc",
    }  # fmt: skip
