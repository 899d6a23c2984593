"""Invoices as their function issues them, from the order's events."""

from datetime import timedelta

import facturx
import msgspec
import pytest

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.identity import Caller
from chalicelib.domain.invoice_details import Buyer, InvoiceDetails
from chalicelib.domain.mail_feedback import Suppression
from chalicelib.domain.profiles import Preferences
from chalicelib.domain.statements import Entry
from chalicelib.services import (
    catalogue,
    fees,
    invoice_lists,
    invoice_mail,
    invoice_names,
    invoices,
    ledger,
    papers,
)
from chalicelib.services.invoice_lists import Wanted
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from chalicelib.store import profiles, receipts, suppressions
from chalicelib.store.invoices import last_sequence
from tests.channels.fake import FakeChannel
from tests.factories import CUSTOMER, MANAGER, MARKET, NOW, cny
from tests.services.confirmed import a_confirmed_order

LATER = NOW + timedelta(seconds=5)
DETAILS = InvoiceDetails(title="上海某某有限公司", tax_id="91310106MA1FYX7K23")


def latest(order, kind):
    events = table.load_file(order.order_id).events
    return next(event for event in reversed(events) if event.type == kind)


def issue(order, kind="payment.captured"):
    return invoices.issue(latest(order, kind), LATER)


@pytest.fixture
def paid(shop):
    return a_confirmed_order(CUSTOMER)[1]


def test_a_paid_order_gets_its_invoice_and_a_repeated_message_nothing(paid):
    (issued,) = issue(paid)
    assert issue(paid) == ()

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
    captured = latest(paid, "payment.captured")
    receipt = receipts.find_receipt(paid.order_id, "invoices", captured.version)
    assert receipt.outcome == "delivered"


def test_a_store_lists_its_documents_newest_first_and_passes_over_what_came_to_nothing(paid):
    (first,) = issue(paid)
    invoices.ask_for(paid.order_id, DETAILS, CUSTOMER, LATER)
    note, second = issue(paid, "invoice.requested")
    # An issuer that was killed, or lost the number to another, has left its name behind.
    invoice_names.keep(msgspec.structs.replace(second, sequence=4))
    invoice_names.keep(msgspec.structs.replace(first, invoice_id="inv_nothing", sequence=2))
    wanted = Wanted(store_id=MARKET, year=2026)
    pages, after = [], None
    while True:
        page = invoice_lists.list_documents(MANAGER, wanted, 2, after)
        pages.append([one.number for one in page.documents])
        after = page.next_place
        if after is None:
            break
    assert pages == [[second.number, note.number], [first.number]]


def test_what_was_issued_is_kept_in_every_form_and_the_machines_one_is_valid(paid):
    (issued,) = issue(paid)
    kept = {
        content_type: papers.read(issued, paper, "zh-CN")
        for content_type, paper in papers.forms().items()
    }
    assert {content_type: content[:5] for content_type, content in kept.items()} == {
        "application/pdf": b"%PDF-", "application/xml": b"<?xml", "text/html": b"<!doc",
    }  # fmt: skip
    assert "购买方" in kept["text/html"].decode()
    assert facturx.xml_check_xsd(kept["application/xml"], flavor="factur-x", level="en16931")


@pytest.mark.parametrize(
    "setting", [{"tax_inclusive": False, "tax_basis_points": 725}, {"tax_basis_points": 0}]
)
def test_every_kind_of_store_gives_valid_machine_readable_invoices(shop, setting):
    def edit(snapshot):
        store = msgspec.structs.replace(snapshot.stores[MARKET], **setting)
        return msgspec.structs.replace(snapshot, stores={**snapshot.stores, MARKET: store})

    catalogue.publish(edit)
    address = {"line1": "1 Road", "country": "CN"}
    wish = {"fulfillment": {"type": "delivery", "address": address}}
    _, order = a_confirmed_order(CUSTOMER, **wish)
    (issued,) = issue(order)
    xml = papers.read(issued, papers.forms()["application/xml"], "en")
    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert issued.totals.delivery_fee == cny(500)


def test_numbers_go_up_by_one_within_a_store_and_year(shop):
    numbers = []
    for minute in range(3):
        _, order = a_confirmed_order(
            Caller(kind="customer", id=f"cus-{minute}"), now=NOW + timedelta(minutes=minute)
        )
        numbers += [one.number for one in issue(order)]
    assert numbers == [f"MARKET-2026-{n:06d}" for n in (1, 2, 3)]


def test_an_order_that_nobody_paid_leaves_a_receipt_alone(paid):
    event = msgspec.structs.replace(latest(paid, "order.confirmed"), type="order.changed")
    unpaid = table.load_file(paid.order_id)
    assert unpaid.invoices == ()
    invoices.issue(event, LATER)
    receipt = receipts.find_receipt(paid.order_id, "invoices", event.version)
    assert receipt.outcome == "delivered", "the payment was found in the log all the same"


def test_a_standing_wish_is_printed_on_the_first_invoice(shop):
    wish = Preferences(version=1, invoice_details=DETAILS.as_buyer())
    profiles.save_preferences("cus-ada", wish)
    _, order = a_confirmed_order(CUSTOMER)
    (issued,) = issue(order)
    assert issued.buyer == Buyer(title=DETAILS.title, tax_id=DETAILS.tax_id)


def test_other_details_take_the_invoice_back_and_issue_it_anew(paid):
    issue(paid)
    file = invoices.ask_for(paid.order_id, DETAILS, CUSTOMER, LATER)
    assert invoices.ask_for(paid.order_id, DETAILS, CUSTOMER, LATER).order == file.order
    note, second = issue(paid, "invoice.requested")
    assert (note.kind, second.kind) == ("credit_note", "invoice")
    assert second.buyer.title == DETAILS.title
    assert [one.number[-1] for one in table.load_file(paid.order_id).invoices] == ["1", "2", "3"]


def test_details_can_be_changed_five_times(paid):
    for n in range(invoices.REQUESTS_MAX):
        invoices.ask_for(paid.order_id, InvoiceDetails(title=f"Acme {n}"), CUSTOMER, LATER)
    with pytest.raises(Conflict) as refused:
        invoices.ask_for(paid.order_id, DETAILS, CUSTOMER, LATER)
    assert refused.value.code == "invoice_details_final"


def test_an_invoice_is_mailed_once_a_minute_to_the_orders_own_address(paid):
    (issued,) = issue(paid)
    channel = FakeChannel()

    def send():
        return invoice_mail.send(CUSTOMER, paid.order_id, issued.invoice_id, LATER, channel)

    assert (send(), send()) == ("sent", "sent_before")
    (message,) = channel.sent
    assert message.to == "ada@example.com"
    assert issued.number in message.subject
    assert papers.check_url(issued) in message.text


def test_no_invoice_is_mailed_to_where_mail_comes_back(paid):
    (issued,) = issue(paid)
    suppressions.suppress("ada@example.com", Suppression(verdict="bounced", at=LATER))
    channel = FakeChannel()
    with pytest.raises(Conflict) as refused:
        invoice_mail.send(CUSTOMER, paid.order_id, issued.invoice_id, LATER, channel)
    assert refused.value.code == "address_suppressed"
    assert channel.sent == []


def test_a_paper_is_genuine_with_its_own_code_alone(paid):
    (issued,) = issue(paid)
    place = (paid.order_id, issued.invoice_id)
    assert invoices.check(*place, issued.check_code) == issued
    with pytest.raises(NotFound):
        invoices.check(*place, issued.check_code + "0")


def test_the_ledger_tells_of_payment_and_sale_and_what_the_provider_kept(paid):
    issue(paid)
    payment = table.load_file(paid.order_id).payments[0]
    taken = Entry(
        kind="payment", provider="sandbox", store_id=MARKET, order_id=paid.order_id,
        payment_id=payment.payment_id, amount=payment.amount, occurred_at=NOW,
    )  # fmt: skip
    assert [fees.record(taken, cny(12), LATER) for _ in range(2)] == [True, False]
    period = ledger.Period(store_id=MARKET, since=NOW, until=NOW + timedelta(days=1))
    page = ledger.list_entries(MANAGER, period, 100, None)
    assert [entry.type for entry in page.entries] == [
        "payment.captured", "invoice.issued", "payment.fee_charged",
    ]  # fmt: skip
    assert all(entry.difference == 0 for entry in page.entries)
    sheet = ledger.export(MANAGER, period)
    assert sheet.count("\r\n") == 1 + sum(len(entry.postings) for entry in page.entries)
    assert check_invariants(LATER, receipt_seconds=3600) == []


def test_an_earlier_or_later_time_has_no_entries(paid):
    issue(paid)
    for days in (-1, 1):
        since = NOW + timedelta(days=days)
        period = ledger.Period(store_id=MARKET, since=since, until=since + timedelta(hours=1))
        assert ledger.list_entries(MANAGER, period, 100, None).entries == []
