"""Digital e-invoices from an order's documents to the tax platform, which is a real process."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.identity import Caller
from chalicelib.domain.ids import fresh
from chalicelib.domain.invoice_details import InvoiceDetails
from chalicelib.domain.money import Money
from chalicelib.domain.payments import ProviderEvent
from chalicelib.domain.receipts import CUSTOMER_EVENTS
from chalicelib.services import (
    einvoices,
    invoice_mail,
    invoices,
    notifications,
    orders,
    provider_events,
    refunds,
)
from chalicelib.services.refunds import RefundRequest
from chalicelib.services.verify_books import check_invariants
from chalicelib.store import orders as table
from tests import tokens
from tests.channels.fake import FakeChannel
from tests.factories import CLERK, CUSTOMER, MANAGER, MARKET, an_order_request
from tests.http import Client
from tests.services.confirmed import CONTACT, a_confirmed_order
from tests.services.platform import now, running_platform
from tests.services.sweeping import cases, make_queues, messages, sweep_at

COMPANY = InvoiceDetails(title="上海某某有限公司", tax_id="91310106MA1FYX7K23")
MINUTES = timedelta(minutes=2)  # until the sweep looks at an order that just changed


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    with running_platform(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture
def platform(shop, company):
    company.plan("issued", times=50)
    company.fault("lost", times=0)
    company.serve_store()
    einvoices.wait_for_nobody()
    make_queues()
    yield company
    assert check_invariants(now(), receipt_seconds=86_400) == []


@pytest.fixture
def paid(platform):
    return a_paid_order()


def a_paid_order(caller=CUSTOMER):
    """Under an id of its own: the platform remembers those of earlier tests."""
    request = an_order_request(contact=CONTACT, allow_duplicate=True)
    placed = orders.place(request, caller, fresh("key"), language="en", now=now())
    return a_confirmed_order(caller, placed.file.order.order_id, now())[1]


def issue(order, kind="payment.captured"):
    """What the issuer does with the newest event of that kind."""
    events = [e for e in table.load_file(order.order_id).events if e.type == kind]
    invoices.issue(events[-1], now())
    einvoices.drive_all(events[-1:], now)


def all_of(order):
    return table.load_file(order.order_id).einvoices


def settled(order, platform):
    """The e-invoices once the platform has decided about what it was asked for."""
    for one in all_of(order):
        if one.is_open:
            platform.decided(one.request_id)
    einvoices.drive(order.order_id, now())
    return all_of(order)


def gave_back(order, minor):
    """So much of it was given back, as the payment company says."""
    wish = RefundRequest(reason="r", amount=Money(minor, order.currency))
    refund = refunds.request(order.order_id, wish, MANAGER, f"r-{minor}", now()).refund
    said = ProviderEvent(
        provider="sandbox", event_id=refund.refund_id, kind="refund.succeeded", raw_type="r",
        occurred_at=now(), order_id=order.order_id, payment_id=refund.payment_id,
        refund_id=refund.refund_id, amount=refund.amount,
    )  # fmt: skip
    provider_events.apply(said, now())


def events_of(order):
    return [e.type for e in table.load_file(order.order_id).events if "einvoice" in e.type]


def told(order):
    """What its customer was mailed about e-invoices, however often the events arrived."""
    channel = FakeChannel()
    about = [e for e in table.load_file(order.order_id).events if e.type in CUSTOMER_EVENTS]
    for event in [e for e in about if e.type.startswith("einvoice.")] * 2:
        notifications.deliver(event, now(), lambda _: channel)
    return [mail.text for mail in channel.sent]


def test_an_invoice_is_asked_for_once_and_issued_when_the_platform_has_decided(paid, platform):
    issue(paid)
    (pending,) = all_of(paid)
    assert (pending.state, pending.number) == ("pending", None)
    issue(paid)
    (issued,) = settled(paid, platform)
    assert (issued.state, issued.genuine) == ("issued", False)
    assert issued.number.startswith("PRACTICE-")
    assert issued.link.endswith(f"{issued.request_id}/page")
    assert events_of(paid) == ["einvoice.issued"]
    asked = [one for one in platform.requests() if one["order_number"] == paid.number]
    assert len(asked) == 1
    document, einvoice = einvoices.load_einvoice(CUSTOMER, paid.order_id, issued.invoice_id)
    paper = einvoices.read_paper(document, einvoice)
    assert paper.startswith(b"%PDF-")
    assert "不是发票".encode("utf-16-be").hex().encode() in paper
    assert "NO TAX DOCUMENT".encode("utf-16-be").hex().encode() in paper
    channel = FakeChannel()
    invoice_mail.send(CUSTOMER, paid.order_id, issued.invoice_id, now(), channel)
    (mail,) = channel.sent
    assert f"{issued.number} (for practice: no tax document)" in mail.text
    (notice,) = told(paid)
    assert f"{issued.number} is on the order's page. It is for practice" in notice


def test_lists_of_invoices_show_what_became_of_their_e_invoices(paid, platform):
    issue(paid)
    (issued,) = settled(paid, platform)
    readers = {
        "/v1/me/invoices": tokens.bearer(CUSTOMER.id, "customer"),
        f"/v1/ops/invoices?store_id={MARKET}": tokens.bearer(
            "staff-mo", "manager", f"store:{MARKET}"
        ),
    }
    with Client() as client:
        for path, reader in readers.items():
            (listed,) = client.send("GET", path, authorization=reader).json["items"]
            shown = listed["e_invoice"]
            assert (shown["state"], shown["number"]) == ("issued", issued.number)


@pytest.mark.parametrize("fault", ["refused", "lost", "slow", "garbled"])
def test_a_call_without_a_trustworthy_answer_is_looked_up_and_never_made_twice(
    paid, platform, fault
):
    platform.fault(fault, times=2)
    issue(paid)
    (open_one,) = all_of(paid)
    assert open_one.is_open
    assert open_one.asks == 1
    platform.fault(fault, times=0)
    einvoices.wait_for_nobody()
    einvoices.drive(paid.order_id, now())
    (issued,) = settled(paid, platform)
    assert issued.state == "issued"
    asked = [one for one in platform.requests() if one["order_number"] == paid.number]
    assert [one["request_id"] for one in asked] == [issued.request_id]


def test_a_store_that_names_no_platform_or_whose_stage_has_no_credentials_asks_nobody(shop):
    order = a_paid_order()
    issue(order)
    assert all_of(order) == ()


def test_a_refund_is_answered_by_a_red_letter_one_once_the_blue_one_has_its_number(paid, platform):
    platform.plan("pending")
    issue(paid)
    gave_back(paid, 100)
    issue(paid, "refund.succeeded")
    blue, red = all_of(paid)
    assert (blue.state, red.state, red.corrects) == ("pending", "requested", blue.invoice_id)
    platform.decide(blue.request_id, "issued")
    einvoices.drive(paid.order_id, now())
    blue, red = settled(paid, platform)
    assert (blue.state, red.state) == ("issued", "issued")
    assert blue.number != red.number


def test_what_the_store_must_mend_is_put_before_people_and_requested_again_by_them(platform):
    platform.edit_store(tax_id=None)
    order = a_paid_order()
    issue(order)
    (rejected,) = settled(order, platform)
    assert (rejected.state, rejected.fault) == ("rejected", "seller")
    sweep_at(at=now() + MINUTES)
    (case,) = cases("notification_failed")
    assert "tax ID" in case.summary["en"]
    assert ["you need not do anything" in notice for notice in told(order)] == [True]
    platform.edit_store(tax_id="91310106MA1FYX8M41")
    for _ in range(2):
        einvoices.request_again(CLERK, order.order_id, rejected.invoice_id, now())
    (again,) = all_of(order)
    assert (again.state, again.attempt) == ("requested", 2)
    assert again.request_id != rejected.request_id
    issue(order, "einvoice.requested")
    (issued,) = settled(order, platform)
    assert (issued.state, issued.message) == ("issued", None)
    with pytest.raises(Conflict) as refused:
        einvoices.request_again(CLERK, order.order_id, rejected.invoice_id, now())
    assert refused.value.code == "einvoice_not_rejected"
    sweep_at(at=now() + MINUTES)
    assert [case.status for case in cases("notification_failed")] == ["resolved"]


def test_what_the_customer_must_mend_is_told_them_and_mended_by_other_details(paid, platform):
    invoices.ask_for(paid.order_id, InvoiceDetails(title=COMPANY.title), CUSTOMER, now())
    issue(paid)
    (rejected,) = settled(paid, platform)
    assert (rejected.state, rejected.fault) == ("rejected", "buyer")
    sweep_at(at=now() + MINUTES)
    assert len(cases("notification_failed", "open")) == 1
    assert ["correct them on the order's page" in notice for notice in told(paid)] == [True]
    invoices.ask_for(paid.order_id, COMPANY, CUSTOMER, now())
    issue(paid, "invoice.requested")
    first, red, second = settled(paid, platform)
    assert [one.state for one in (first, red, second)] == ["void", "void", "issued"]
    with pytest.raises(NotFound):
        einvoices.read_paper(table.load_file(paid.order_id).invoices[0], first)
    sweep_at(at=now() + MINUTES)
    assert [case.status for case in cases("notification_failed")] == ["resolved"]


def test_a_request_that_stays_pending_is_asked_about_by_the_sweep_and_then_told_people(
    paid, platform
):
    platform.plan("pending")
    issue(paid)
    messages("invoices")
    sweep_at(at=now() + MINUTES)
    (told,) = [m for m in messages("invoices") if m["type"] == "invoice.issued"]
    assert told["order_id"] == paid.order_id
    assert cases("notification_failed") == []
    sweep_at(at=now() + timedelta(minutes=31))
    assert len(cases("notification_failed", "open")) == 1
    (waiting,) = all_of(paid)
    platform.decide(waiting.request_id, "issued")
    issue(paid, "invoice.issued")
    assert [one.state for one in all_of(paid)] == ["issued"]
    sweep_at(at=now() + timedelta(minutes=32))
    assert cases("notification_failed", "open") == []


def test_a_platform_that_is_down_keeps_others_waiting_for_no_more_than_one_call(paid, platform):
    other = a_paid_order(Caller(kind="customer", id="cus-bo"))
    platform.fault("refused", times=3)
    issue(paid)
    issue(other)
    assert [one.asks for order in (paid, other) for one in all_of(order)] == [1, 0]
    assert [len(table.load_file(o.order_id).invoices) for o in (paid, other)] == [1, 1]
