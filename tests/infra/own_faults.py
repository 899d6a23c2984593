"""Faults behind the alarms over what Docket itself counts: brought upon its services, in moto.

Each leaves its points by what the functions print.
"""

import importlib
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import msgspec

from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.ids import fresh
from chalicelib.services import (
    buffer_care,
    mail_feedback,
    order_import,
    order_intake,
    orders,
    payments,
    reconciliation,
    secret_ages,
    sweep,
    webhooks,
)
from chalicelib.services.payments import PaymentRequest
from chalicelib.store.orders import stock_key
from chalicelib.store.tables import OrderItem, StockItem
from tests.environment import SETTINGS
from tests.factories import CUSTOMER, MARKET, NOW, an_order_request
from tests.services.confirmed import a_confirmed_order
from tests.services.intake import buffered_incident, publish, take
from tests.services.sweeping import give_receipts, sweep_at
from tests.stripe_company import StripeCompany, signed
from tests.support.outage import outage

SAMPLES = Path(__file__).parents[2] / "events"
# Functions whose silence rings, each with the metric that says that it ran.
SCHEDULED = {
    "sweep-missed": ("sweep.sweep_exceptions", "schedule_sweep.json"),
    "reconciliation-missed":
        ("reconciliation.reconcile_payments", "schedule_reconcile_payments.json"),
    "buffer-care-missed": ("order_intake.care_for_buffer", "schedule_care_for_buffer.json"),
    "snapshot-stale": ("snapshot.publish_snapshot", "schedule_publish_snapshot.json"),
    "books-unverified": ("verify_books.verify_books", "schedule_verify_books.json"),
}  # fmt: skip


class Context:
    aws_request_id = "req-1"


def now():
    return datetime.now(UTC)


def invoked(handler, sample):
    """A worker's handler as Lambda calls it."""
    module, _, name = handler.rpartition(".")
    event = json.loads((SAMPLES / sample).read_text())
    return getattr(importlib.import_module(f"chalicelib.workers.{module}"), name)(event, Context())


def nobody_accepts():
    _, order = a_confirmed_order(CUSTOMER)
    give_receipts(order.order_id)
    sweep_at(400)


def a_poisoned_intake():
    order_import.import_message("no order at all", NOW)
    sweep_at(1)


def forged_webhooks():
    with StripeCompany() as company:
        company.register()
        forged = signed(company.happened("payment_intent.succeeded", {"id": "pi_1"}))
        forged = msgspec.structs.replace(forged, body=forged.body + b" ")
        for _ in range(6):
            assert webhooks.receive("stripe", forged, now()).status == 400


def late_webhooks():
    with StripeCompany() as company:
        company.register()
        event = company.happened("payment_intent.succeeded", {"id": "pi_1", "object": "x"})
        event["created"] -= 400
        event["type"] = "customer.created"
        assert company.deliver(event) == 200


def _paid(company, amount_off=0):
    made = orders.place(an_order_request(), CUSTOMER, fresh("key"), language="en", now=now())
    order_id = made.file.order.order_id
    wish = PaymentRequest(provider="stripe", method="card")
    payment = payments.start(order_id, wish, CUSTOMER, fresh("pay"), now()).payment
    company.intents[payment.reference]["amount"] += amount_off
    company.deliver(company.pay(payment.reference))
    return order_id, payment.reference


def another_amount():
    """Its events pass the relay, as the stream hands them over."""
    with StripeCompany() as company:
        company.register()
        order_id, _ = _paid(company, amount_off=-1)
    items = OrderItem.query(order_id, OrderItem.SK.startswith("event#"))
    records = [
        {
            "eventName": "INSERT",
            "dynamodb": {
                "SequenceNumber": str(number),
                "Keys": {"PK": {"S": order_id}, "SK": {"S": item.SK}},
                "NewImage": item.serialize(),
            },
        }
        for number, item in enumerate(items)
    ]
    relay = importlib.import_module("chalicelib.workers.relay")
    relay.relay_order_events({"Records": records}, Context())


def books_that_differ():
    with StripeCompany() as company:
        company.register()
        _, reference = _paid(company)
        company.intents.pop(reference)
        reconciliation.match_day("stripe", now().date(), "staff-mo", now())


def tables_down():
    publish()
    with outage("dynamodb"):
        take()
        take(allow_duplicate=True)


def take_at(moment):
    request = an_order_request(allow_duplicate=True)
    order_intake.take(request, CUSTOMER, fresh("key"), "en", moment)


def no_durable_place():
    publish()
    with outage("dynamodb", "sqs"), suppress(Unavailable):
        take()


def orders_wait():
    buffered_incident()
    take(allow_duplicate=True)
    buffer_care.look_after(now())


def an_order_that_cannot_be_read():
    made = orders.place(an_order_request(), CUSTOMER, "key", language="en", now=NOW).file.order
    give_receipts(made.order_id)
    OrderItem(made.order_id, "event#000009", data="{nonsense").save()
    assert sweep_at(61).failed == 1


def more_repairs_than_a_run_may_do():
    dead = f"{SETTINGS['DOCKET_NOTIFICATIONS_QUEUE_URL']}-dlq"
    boto3.client("sqs").send_message(QueueUrl=dead, MessageBody="{}")
    done = sweep.sweep("test", lambda: NOW, timedelta(seconds=20), lambda _: None, repairs_max=0)
    assert done.repairs_held_back >= 1


def a_unit_that_nobody_holds():
    orders.place(an_order_request(), CUSTOMER, "key", language="en", now=now())
    StockItem(MARKET, stock_key("apple")).update(actions=[StockItem.reserved.add(1)])
    invoked(*SCHEDULED["books-unverified"])


def mails_that_bounce():
    (record,) = json.loads((SAMPLES / "sqs_mail_feedback_bounce.json").read_text())["Records"]
    for _ in range(11):
        with suppress(NotFound):  # the sample's order is nobody's here
            mail_feedback.take(record["body"], now())


def old_secrets():
    secret_ages.tell(now() + timedelta(days=91))


def sold_out(times):
    """Orders for more than there is."""
    wanted = an_order_request(line_items=[{"sku": "apple", "quantity": 999}])
    for _ in range(times):
        with suppress(Conflict):
            orders.place(wanted, CUSTOMER, fresh("key"), language="en", now=NOW)


OWN_FAULTS = {
    "orders-unacknowledged": nobody_accepts,
    "critical-cases": a_poisoned_intake,
    "webhook-signatures": forged_webhooks,
    "webhook-lag": late_webhooks,
    "payments-mismatched": another_amount,
    "reconciliation-differences": books_that_differ,
    "breaker-open": tables_down,
    "orders-refused": no_durable_place,
    "orders-buffered": orders_wait,
    "mass-repair": more_repairs_than_a_run_may_do,
    "sweep-failures": an_order_that_cannot_be_read,
    "invariant-violations": a_unit_that_nobody_holds,
    "mail-bounces": mails_that_bounce,
    "secret-age": old_secrets,
}
