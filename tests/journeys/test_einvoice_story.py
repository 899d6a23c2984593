"""From a payment to China's digital e-invoice, by the practice platform of the deployed stage."""

import urllib.request

from tests.journeys.people import until


def einvoices_of(person, order, count):
    """The order's, once so many of them are at their end."""
    return until(
        lambda: [one["e_invoice"] for one in person.order(order)["invoices"] if one["e_invoice"]],
        lambda all_of: [one["state"] for one in all_of] == ["issued"] * count,
        seconds=90,
    )


def test_a_paid_order_and_its_refund_have_e_invoices_that_say_what_they_are_not(
    guest, manager, lines
):
    items = lines(store_id="sto_noodles")
    order = guest.place("sto_noodles", channel="qr", line_items=items).json
    guest.pay(order, "succeeded")
    (blue,) = einvoices_of(guest, order, 1)
    assert (blue["provider"], blue["genuine"]) == ("practice", False)
    assert blue["number"].startswith("PRACTICE-")
    (invoice,) = guest.order(order)["invoices"]
    path = f"/v1/orders/{order['order_id']}/invoices/{invoice['invoice_id']}/e-invoice"
    assert guest.get(path)["number"] == blue["number"]
    assert guest.send("GET", path.replace("inv_", "inv_x")).status == 404
    request = urllib.request.Request(
        guest.url + path,
        headers={"Accept": "application/pdf", "Authorization": guest.authorization},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        paper = answer.read()
        assert answer.headers["Content-Type"] == "application/pdf"
    assert "不是发票".encode("utf-16-be").hex().encode() in paper
    with urllib.request.urlopen(blue["link"], timeout=30) as answer:
        assert answer.read() == paper

    refund = {"reason": "cold soup"}
    path = f"/v1/ops/orders/{order['order_id']}/refunds"
    assert manager.send("POST", path, refund, idempotency_key="einvoice-refund-1").status == 201
    blue, red = einvoices_of(guest, order, 2)
    assert red["number"] != blue["number"]
    kinds = [event["type"] for event in guest.order(order)["events"]]
    assert kinds.count("einvoice.issued") == 2
