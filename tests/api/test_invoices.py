"""Invoices over HTTP: every form, every reader."""

from datetime import timedelta

import facturx
import pytest

from chalicelib.services import guests, invoices
from chalicelib.store import orders as table
from tests import tokens
from tests.factories import CUSTOMER, MARKET, NOW, order_body
from tests.http import GUEST_KEY
from tests.services.confirmed import CONTACT, a_confirmed_order

ADA = tokens.bearer("cus-ada", "customer")
BOB = tokens.bearer("cus-bob", "customer")
CLERK = tokens.bearer("staff-cleo", "clerk", f"store:{MARKET}")
MANAGER = tokens.bearer("staff-mo", "manager", f"store:{MARKET}")
LATER = NOW + timedelta(seconds=3)


def issued_for(order):
    events = table.load_file(order.order_id).events
    event = next(event for event in events if event.type == "payment.captured")
    return invoices.issue(event, LATER)[0]


@pytest.fixture
def invoice(client):
    return issued_for(a_confirmed_order(CUSTOMER)[1])


def path_of(invoice, rest=""):
    return f"/v1/orders/{invoice.order_id}/invoices/{invoice.invoice_id}{rest}"


def read(client, invoice, accept, authorization=ADA, **headers):
    headers = {"Accept": accept, **headers}
    return client.send("GET", path_of(invoice), authorization=authorization, headers=headers)


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/*;q=0.5"])
def test_json_is_what_a_reader_gets_who_does_not_mind(client, invoice, accept):
    answer = read(client, invoice, accept)
    assert answer.status == 200
    assert answer.json["number"] == invoice.number
    seen = {"If-None-Match": answer.headers["etag"]}
    assert read(client, invoice, accept, **seen).status == 304
    assert answer.json["total"] == {"amount_minor": 1900, "currency": "CNY"}
    assert [line["names"]["zh-CN"] for line in answer.json["lines"]] == ["商品apple", "商品bread"]


def test_a_pdf_is_bytes_of_its_own_type(client, invoice):
    answer = read(client, invoice, "application/pdf")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert invoice.number in answer.headers["content-disposition"]


def test_xml_validates_and_a_page_speaks_the_readers_language(client, invoice):
    xml = read(client, invoice, "application/xml")
    assert facturx.xml_check_xsd(xml.content, flavor="factur-x", level="en16931")
    page = read(client, invoice, "text/html,*/*;q=0.1", **{"Accept-Language": "zh-CN"})
    assert "账单发票" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("accept", ["image/png", "application/pdf;q=0", "text/plain, image/*"])
def test_a_form_in_which_it_cannot_be_had_is_refused(client, invoice, accept):
    answer = read(client, invoice, accept)
    assert (answer.status, answer.code) == (406, "not_acceptable")


def test_anothers_invoice_does_not_exist_for_anybody_else(client, invoice):
    assert read(client, invoice, "application/pdf", BOB).status == 404
    assert client.send("GET", path_of(invoice)).status == 401
    assert read(client, invoice, "application/pdf", CLERK).status == 200
    elsewhere = path_of(invoice).replace(invoice.invoice_id, "inv_other")
    assert client.send("GET", elsewhere, authorization=ADA).code == "invoice_not_found"


def test_a_guest_reads_theirs_with_the_orders_token(client):
    body = order_body(contact=CONTACT)
    placed = client.send("POST", "/v1/orders", body, key=GUEST_KEY + "1").json
    order = a_confirmed_order(CUSTOMER, placed["order_id"])[1]
    invoice = issued_for(order)
    token = f"Guest {guests.guest_token(order.order_id)}"
    assert read(client, invoice, "application/pdf", token).status == 200


def test_a_claimed_order_brings_its_invoices_into_the_account(client):
    body = order_body(contact=CONTACT)
    placed = client.send("POST", "/v1/orders", body, key=GUEST_KEY + "2").json
    invoice = issued_for(a_confirmed_order(CUSTOMER, placed["order_id"])[1])
    claim = {"guest_token": placed["guest_token"]}
    path = f"/v1/orders/{placed['order_id']}/claim"
    assert client.send("POST", path, claim, authorization=BOB).status == 200
    listed = client.send("GET", "/v1/me/invoices", authorization=BOB).json["items"]
    assert [entry["number"] for entry in listed] == [invoice.number]


def test_the_order_lists_its_invoices_and_the_account_all_of_them(client, invoice):
    order = client.send("GET", f"/v1/orders/{invoice.order_id}", authorization=ADA).json
    assert [(one["kind"], one["number"]) for one in order["invoices"]] == [
        ("invoice", invoice.number)
    ]
    page = client.send("GET", "/v1/me/invoices?limit=1", authorization=ADA).json
    assert [entry["invoice_id"] for entry in page["items"]] == [invoice.invoice_id]
    assert page["next_cursor"] is None
    assert client.send("GET", "/v1/me/invoices", authorization=BOB).json["items"] == []
    assert client.send("GET", "/v1/me/invoices").status == 401


def test_anybody_with_the_paper_may_check_it(client, invoice):
    path = path_of(invoice, f"/check?code={invoice.check_code}")
    answer = client.send("GET", path)
    assert answer.json["genuine"] is True
    assert answer.json["number"] == invoice.number
    page = client.send("GET", path, headers={"Accept": "text/html"})
    assert "This document is genuine" in page.text
    assert client.send("GET", path_of(invoice, "/check?code=wrong")).status == 404
    assert client.send("GET", path_of(invoice, "/check")).status == 422


def test_details_are_asked_for_and_checked(client, invoice):
    path = f"/v1/orders/{invoice.order_id}/invoices"
    wish = {"title": "Acme GmbH", "tax_id": "DE136695976"}
    assert client.send("POST", path, wish, authorization=ADA).status == 202
    wrong = client.send("POST", path, {**wish, "tax_id": "DE136695977"}, authorization=ADA)
    assert (wrong.status, wrong.code) == (422, "tax_id_invalid")
    assert wrong.json["errors"][0]["pointer"] == "/tax_id"
    assert client.send("POST", path, wish, authorization=BOB).status == 404


def test_details_are_remembered_in_the_preferences(client):
    wish = {"invoice_details": {"title": "Acme", "tax_id": "9131 0106 MA1F YX7K 23"}}
    headers = {"If-Match": "*"}
    kept = client.send("PATCH", "/v1/me/preferences", wish, authorization=ADA, headers=headers)
    assert kept.json["invoice_details"] == {"title": "Acme", "tax_id": "91310106MA1FYX7K23"}
    wish["invoice_details"]["tax_id"] = "91310106MA1FYX7K24"
    wrong = client.send("PATCH", "/v1/me/preferences", wish, authorization=ADA, headers=headers)
    assert wrong.json["errors"][0]["pointer"] == "/invoice_details/tax_id"


def test_staff_of_the_store_list_its_documents_and_find_them(client, invoice):
    def listed(**wanted):
        query = "&".join(f"{name}={value}" for name, value in wanted.items())
        path = f"/v1/ops/invoices?store_id={MARKET}&{query}"
        return client.send("GET", path, authorization=CLERK).json

    year, month = invoice.issued_at.year, invoice.issued_at.month
    (entry,) = listed(year=year)["items"]
    assert (entry["number"], entry["order_number"]) == (invoice.number, invoice.order_number)
    assert listed(year=year, month=month)["items"] == [entry]
    assert listed(year=year, month=month % 12 + 1)["items"] == []
    assert listed(year=year - 1)["items"] == []
    for text in (invoice.number, "1", invoice.order_number, invoice.order_id):
        assert listed(year=year, q=text)["items"] == [entry], text
    for text in ("2", "nobody"):
        assert listed(year=year, q=text)["items"] == []
    path = f"/v1/ops/invoices?store_id={MARKET}"
    assert client.send("GET", path, authorization=ADA).status == 403
    other = path.replace(MARKET, "sto_other")
    assert client.send("GET", other, authorization=CLERK).status == 404


def test_the_ledger_is_for_managers_of_the_store_as_pages_or_a_file(client, invoice):
    day = "from=2026-11-22T00:00:00Z&to=2026-11-23T00:00:00Z"
    path = f"/v1/ops/ledger?store_id={MARKET}&{day}"
    page = client.send("GET", path, authorization=MANAGER).json
    assert [entry["type"] for entry in page["items"]] == ["payment.captured", "invoice.issued"]
    for entry in page["items"]:
        debits = sum(posting["debit"]["amount_minor"] for posting in entry["postings"])
        assert debits == sum(posting["credit"]["amount_minor"] for posting in entry["postings"])
    file = client.send("GET", path, authorization=MANAGER, headers={"Accept": "text/csv"})
    assert file.headers["content-type"].startswith("text/csv")
    assert "provider:sandbox,19.00,0.00,CNY" in file.text
    assert client.send("GET", path, authorization=CLERK).status == 403
    empty = path.replace("2026-11-23", "2026-11-22")
    assert client.send("GET", empty, authorization=MANAGER).code == "period_empty"


def test_a_document_of_a_store_without_a_tax_platform_has_no_e_invoice(client, invoice):
    shown = client.send("GET", f"/v1/orders/{invoice.order_id}", authorization=ADA)
    assert [one["e_invoice"] for one in shown.json["invoices"]] == [None]
    for accept in ("application/json", "application/pdf"):
        headers = {"Accept": accept}
        path = path_of(invoice, "/e-invoice")
        answer = client.send("GET", path, authorization=ADA, headers=headers)
        assert (answer.status, answer.code) == (404, "einvoice_not_found")
    path = path_of(invoice, "/e-invoice").replace("/v1/", "/v1/ops/")
    again = client.send("POST", path, authorization=CLERK)
    assert (again.status, again.code) == (404, "einvoice_not_found")
    assert client.send("POST", path, authorization=ADA).status == 403
