"""From the shelf to the customer: whole stories on the deployed stage."""

import json
import threading

from tests.journeys.people import Staff, until

ADDRESS = {"line1": "88 Century Avenue", "city": "Shanghai", "country": "CN"}


def inbox_types(person, order):
    items = person.get("/v1/me/notifications?limit=100")["items"]
    return {item["type"] for item in items if item["order_id"] == order["order_id"]}


def mails_about(stack, order):
    mailbox = Staff(stack.url).get("/_local/mail")
    return json.dumps(mailbox).count(order["number"])


def test_a_paid_order_is_made_handed_over_and_told_of(stack, ada, clerk, lines):
    order = ada.place(line_items=lines(2)).json
    ada.pay(order, "succeeded")
    ada.wait_for(order, "confirmed", seconds=5)

    done = clerk.take_through(order, "accept", "prepare", "ready", "complete")

    assert (done["status"], done["fulfillment_status"]) == ("completed", "picked_up")
    told = {
        "order.placed", "payment.captured", "order.confirmed", "order.accepted",
        "order.preparing", "order.ready", "order.completed",
    }  # fmt: skip
    until(lambda: inbox_types(ada, order), lambda types: told <= types, seconds=20)
    until(lambda: mails_about(stack, order), lambda count: count > 0)


def test_a_delivery_is_shipped_tracked_and_delivered(ada, clerk, lines):
    wish = {"type": "delivery", "address": ADDRESS}
    order = ada.place(line_items=lines(index=1), fulfillment=wish).json
    assert order["totals"]["delivery_fee"]["amount_minor"] > 0
    ada.pay(order, "succeeded")
    ada.wait_for(order, "confirmed")
    clerk.take_through(order, "accept", "prepare")

    refused = clerk.act(order, "complete")
    assert (refused.status, refused.json["code"]) == (409, "invalid_transition")
    assert "ship" in refused.json["allowed"]
    clerk.act(order, "ship", {"carrier": "sf", "tracking_number": "SF100200300"})
    done = clerk.take_through(order, "deliver", "complete")
    assert (done["status"], done["fulfillment_status"]) == ("completed", "delivered")


def test_a_guest_eats_at_a_table_and_pays_there(guest, clerk, lines):
    wish = {"type": "dine_in", "table": "A1"}
    items = lines(store_id="sto_noodles")
    order = guest.place("sto_noodles", channel="qr", fulfillment=wish, line_items=items).json
    payment = guest.pay(order, None, provider="on_site", method="on_site")
    assert payment["next_action"]["type"] == "none"
    confirmed = guest.order(order)
    assert (confirmed["status"], confirmed["payment_status"]) == ("confirmed", "unpaid")

    clerk.take_through(order, "accept", "prepare", "ready")
    assert clerk.act(order, "complete").json["code"] == "payment_due"
    done = clerk.take_through(order, "collect", "complete")
    assert (done["payment_status"], done["fulfillment_status"]) == ("paid", "served")


def test_two_buyers_of_the_last_unit_get_one_order_between_them(ada, bob, manager, lines):
    (line,) = lines(index=9)
    movement = {"store_id": "sto_market", "kind": "count", "quantity": 1, "reason": "stocktake"}
    counted = manager.send("POST", "/v1/ops/stock/movements", {**movement, "sku": line["sku"]})
    assert counted.status in {200, 201}, counted.json
    answers = []
    buyers = [
        threading.Thread(target=lambda who=who: answers.append(who.place(line_items=[line])))
        for who in (ada, bob)
    ]
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()

    assert sorted(answer.status for answer in answers) == [201, 409]
    refused = next(answer.json for answer in answers if answer.status == 409)
    assert refused["code"] == "out_of_stock"
    assert refused["items"][0]["available"] == 0


def test_a_change_of_mind_gives_the_money_back(ada, lines):
    order = ada.place(line_items=lines(index=2)).json
    ada.pay(order, "succeeded")
    ada.wait_for(order, "confirmed")

    path = f"/v1/orders/{order['order_id']}/cancel"
    canceled = ada.send("POST", path, {"reason": "changed my mind"})
    assert canceled.status == 200
    found = until(lambda: ada.order(order), lambda o: o["payment_status"] == "refunded")
    assert found["status"] == "canceled"
    assert [refund["status"] for refund in found["refunds"]] == ["succeeded"]


def test_a_dearer_edit_waits_for_its_difference(ada, lines):
    order = ada.place(line_items=lines(1, index=3)).json
    ada.pay(order, "succeeded")
    confirmed = until(lambda: ada.order(order), lambda o: o["invoices"])  # also moves the version

    path = f"/v1/orders/{order['order_id']}"
    wish = {"line_items": lines(3, index=3)}
    assert ada.send("PATCH", path, wish).status == 428
    held = ada.send("PATCH", path, wish, if_match=f'"{confirmed["version"]}"').json
    assert held["pending_edit"]["totals"]["total"]["amount_minor"] > 0
    assert held["totals"] == confirmed["totals"]
    payment = ada.pay(order, "succeeded")
    total = held["pending_edit"]["totals"]["total"]["amount_minor"]
    paid = confirmed["totals"]["total"]["amount_minor"]
    assert payment["amount"]["amount_minor"] == total - paid
    changed = until(lambda: ada.order(order), lambda o: o["pending_edit"] is None)
    assert changed["totals"]["total"]["amount_minor"] == total
    assert changed["payment_status"] == "paid"
