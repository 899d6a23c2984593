"""The use cases of one order's life, each through the door that it comes by, metered apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import msgspec

from bench.meter import Meter, Usage
from bench.write_units import Ledger
from chalicelib import aws
from chalicelib.domain.orders import OrderEvent
from chalicelib.domain.receipts import OWED_RECEIPTS, Consumer
from chalicelib.services import queues, rules
from chalicelib.store import orders as table
from chalicelib.workers.invoices import issue_invoices
from chalicelib.workers.merchant_deliveries import deliver_to_merchant
from chalicelib.workers.notifications import deliver_notifications
from chalicelib.workers.relay import relay_order_events
from tests import factories, tables, tokens
from tests.account import fresh_account
from tests.environment import SETTINGS
from tests.http import Client
from tests.paying import Cashier
from tests.providers.http_double import Answer, HttpDouble
from tests.providers.sandbox_process import SandboxProcess
from tests.workers.sqs import Context, batch_of

CONSUMERS: Mapping[Consumer, Callable[..., Any]] = {
    "customer": deliver_notifications, "merchant": deliver_to_merchant, "invoices": issue_invoices,
}  # fmt: skip
STEPS = ("accept", "prepare", "ready", "complete")
BUYER = tokens.bearer("cus-ada", "customer")
CLERK = tokens.bearer("staff-cleo", "clerk", f"store:{factories.MARKET}")
LINES = [{"sku": sku, "quantity": n} for sku, n in (("apple", 2), ("bread", 1), ("milk", 1))]


class Counter:
    """A small shop's API under a meter."""

    def __init__(self, meter: Meter, client: Client) -> None:
        self.meter = meter
        self.client = client

    def ask(self, method: str, path: str, body: Any = None, **about: Any) -> Any:
        answer = self.client.send(method, path, body, **about)
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.text}")
        return answer


class Shop(Counter):
    """With the practice payment company beside it."""

    def __init__(self, counter: Counter, cashier: Cashier) -> None:
        super().__init__(counter.meter, counter.client)
        self.cashier = cashier

    def order(self, key: str) -> str:
        body = {**factories.order_body(line_items=LINES), "allow_duplicate": True}
        answer = self.ask("POST", "/v1/orders", body, key=key, authorization=BUYER)
        return str(answer.json["order_id"])

    def pay(self, order_id: str, key: str) -> None:
        self.ask(
            "POST", f"/v1/orders/{order_id}/payments", {"provider": "sandbox", "method": "card"},
            key=key, authorization=BUYER,
        )  # fmt: skip

    def webhook(self, order_id: str) -> Any:
        """What the company sends when the order's payment succeeds, not handed over yet."""
        payment = table.load_file(order_id).payments[-1]
        self.cashier.settle(payment, "succeeded")
        return self.cashier.heard(payment)[0]

    def step(self, order_id: str, act: str) -> None:
        path = f"/v1/ops/orders/{order_id}/{act}"
        self.ask("POST", path, authorization=CLERK, headers={"If-Match": "*"})

    def consume(self, events: Sequence[OrderEvent]) -> None:
        """What the queues' functions do with an order's events, one message at a time."""
        for event in events:
            for handler in handlers_of(event):
                if (answer := handler(batch_of(event), Context()))["batchItemFailures"]:
                    raise AssertionError(f"{event.type}: {answer}")


def handlers_of(event: OrderEvent) -> Iterator[Callable[..., Any]]:
    """Those whose queues get the event."""
    for consumer, handler in CONSUMERS.items():
        if event.type in OWED_RECEIPTS[consumer]:
            yield handler


@contextmanager
def open_counter(dynamodb: str | None = None) -> Iterator[Counter]:
    """In moto, or with its tables in the DynamoDB at that address."""
    definitions = {SETTINGS[f"DOCKET_{n}"]: d for n, d in tables.definitions().items()}
    meter = Meter(Ledger(definitions))
    with ExitStack() as stack:
        stack.enter_context(fresh_account(dynamodb))
        aws.client.cache_clear()
        boto3.client("sesv2").create_email_identity(EmailIdentity="docket@example.com")
        boto3.client("sns").create_topic(Name="order-events")
        for queue in queues.last_resorts().values():
            boto3.client("sqs").create_queue(QueueName=queue.url.rpartition("/")[2])
        stack.enter_context(meter.running())
        factories.open_shop()
        yield Counter(meter, stack.enter_context(Client()))


@contextmanager
def open_shop(dynamodb: str | None = None) -> Iterator[Shop]:
    """A counter with the practice company at its side."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        double = stack.enter_context(HttpDouble(lambda _: Answer(200)))
        company = SandboxProcess(folder, f"{double.base}/hook")
        stack.callback(company.stop)
        counter = stack.enter_context(open_counter(dynamodb))
        yield Shop(counter, Cashier(double, company))


def measure(shop: Shop) -> dict[str, Usage]:
    """Each use case by name, on an order of its own life; `whole life` sums its writes."""
    live(shop, "warm-up")
    return live(shop, "measured")


def live(shop: Shop, name: str) -> dict[str, Usage]:
    found: dict[str, Usage] = {}
    whole = Usage()

    def take(use_case: str, act: Callable[[], Any]) -> Any:
        rules.current_thresholds(datetime.now(UTC))
        with shop.meter.measured() as found[use_case]:
            result = act()
        whole.add(found[use_case])
        return result

    take("quote", lambda: shop.ask("POST", "/v1/quotes", factories.order_body(line_items=LINES)))
    order_id = take("create", lambda: shop.order(f"key-{name}"))
    take("payment start", lambda: shop.pay(order_id, f"pay-{name}"))
    raw = shop.webhook(order_id)
    path = "/v1/webhooks/payments/sandbox"
    take("webhook to paid", lambda: shop.ask("POST", path, raw=raw.body, headers=dict(raw.headers)))
    for act in STEPS:
        take(f"staff: {act}", lambda act=act: shop.step(order_id, act))
    take("read with timeline", lambda: shop.ask(
        "GET", f"/v1/orders/{order_id}", authorization=BUYER
    ))  # fmt: skip
    events = table.load_file(order_id).events
    take("notices and deliveries", lambda: shop.consume(events))
    found["whole life"] = whole
    records = [_inserted(event, at) for at, event in enumerate((events * 2)[:10])]
    relayed = take(
        "relay of 10 events", lambda: relay_order_events({"Records": records}, Context())
    )
    if relayed["batchItemFailures"]:
        raise AssertionError(f"The relay failed: {relayed}")
    return found


def _inserted(event: OrderEvent, number: int) -> dict[str, Any]:
    """The stream's record of an event item."""
    keys = {"PK": {"S": event.order_id}, "SK": {"S": f"event#{event.version:06d}"}}
    image = {**keys, "data": {"S": msgspec.json.encode(event).decode()}}
    about = {"SequenceNumber": str(number), "Keys": keys, "NewImage": image}
    return {"eventID": str(number), "eventName": "INSERT", "dynamodb": about}
