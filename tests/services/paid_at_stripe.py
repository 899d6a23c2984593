"""Orders of today that were paid at a Stripe of ours, whose books are to be matched."""

from datetime import UTC, datetime

from chalicelib.domain.ids import fresh
from chalicelib.services import orders
from tests.factories import CUSTOMER, an_order_request


def now():
    return datetime.now(UTC)


def today():
    return now().date()


def placed():
    request = an_order_request(allow_duplicate=True)
    made = orders.place(request, CUSTOMER, fresh("key"), language="en", now=now())
    return made.file.order.order_id


def paid(stripe):
    order_id = placed()
    reference = stripe.start(order_id).reference
    stripe.deliver(stripe.pay(reference))
    return order_id, reference
