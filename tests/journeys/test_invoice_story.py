"""From a payment to its invoice, in every form, on the deployed stage."""

import urllib.request

import facturx
import pytest

from tests.journeys.people import Person, until


def download(person, invoice, accept, language="en"):
    """The bytes as a browser gets them, with their content type."""
    path = f"/v1/orders/{invoice['order_id']}/invoices/{invoice['invoice_id']}"
    headers = {
        "Accept": accept, "Accept-Language": language, "Authorization": person.authorization,
    }  # fmt: skip
    request = urllib.request.Request(person.url + path, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.headers["Content-Type"], answer.read()


def invoices_of(person, order, count):
    found = until(lambda: person.order(order), lambda o: len(o["invoices"]) >= count, seconds=10)
    return found["invoices"]


@pytest.fixture
def paid(ada, lines):
    order = ada.place(line_items=lines(2)).json
    ada.pay(order, "succeeded")
    return ada.wait_for(order, "confirmed", seconds=5)


def test_a_paid_order_has_its_invoice_within_ten_seconds_in_every_form(ada, bob, paid):
    (invoice,) = invoices_of(ada, paid, 1)
    assert invoice["kind"] == "invoice"
    assert invoice["total"] == paid["totals"]["total"]

    for language in ("en", "zh-CN"):
        content_type, content = download(ada, invoice, "application/pdf", language)
        assert (content_type, content[:5]) == ("application/pdf", b"%PDF-")
        assert content.rstrip().endswith(b"%%EOF")
    _, xml = download(ada, invoice, "application/xml")
    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert invoice["number"] in xml.decode()
    content_type, page = download(ada, invoice, "text/html", "zh-CN")
    assert content_type == "text/html; charset=utf-8"
    assert "账单发票" in page.decode()
    path = f"/v1/orders/{invoice['order_id']}/invoices/{invoice['invoice_id']}"
    assert ada.get(path)["number"] == invoice["number"]
    assert ada.send("GET", path, Accept="image/gif").status == 406
    assert bob.send("GET", path).status == 404
    listed = ada.get("/v1/me/invoices")["items"]
    assert invoice["invoice_id"] in {entry["invoice_id"] for entry in listed}


def test_whoever_holds_the_paper_can_check_it(ada, paid):
    (invoice,) = invoices_of(ada, paid, 1)
    path = f"/v1/orders/{invoice['order_id']}/invoices/{invoice['invoice_id']}"
    url = ada.get(path)["check_url"]
    stranger = Person(ada.url)
    assert stranger.get(url)["number"] == invoice["number"]
    page = stranger.send("GET", url, Accept="text/html")
    assert invoice["number"] in page.json
    assert stranger.send("GET", url[:-1] + "x").status == 404


def test_a_guest_reads_their_invoice_with_their_token(guest, bob, lines):
    order = guest.place(line_items=lines(1)).json
    guest.pay(order, "succeeded")
    (invoice,) = invoices_of(guest, order, 1)
    _, content = download(guest, invoice, "application/pdf")
    assert content.startswith(b"%PDF-")


def test_a_refund_is_answered_by_a_credit_note_and_no_number_is_missing(ada, manager, paid):
    invoices_of(ada, paid, 1)
    path = f"/v1/ops/orders/{paid['order_id']}/refunds"
    amount = {"amount_minor": 100, "currency": paid["totals"]["total"]["currency"]}
    wish = {"amount": amount, "reason": "one was bruised"}
    refunded = manager.send("POST", path, wish, idempotency_key="one-bruised-apple")
    assert refunded.status == 201, refunded.json
    invoice, note = invoices_of(ada, paid, 2)
    assert (note["kind"], note["total"], note["corrects"]) == (
        "credit_note", amount, invoice["invoice_id"],
    )  # fmt: skip
    assert note["number"] > invoice["number"]
