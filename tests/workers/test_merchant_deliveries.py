"""The function that tells merchants, over real queue batches and a real endpoint."""

from datetime import UTC, datetime
from threading import Barrier

import pytest

from chalicelib.domain.merchant_deliveries import Endpoint
from chalicelib.store import deliveries, endpoints, order_events, receipts
from chalicelib.workers.merchant_deliveries import deliver_to_merchant
from tests.factories import CUSTOMER, MARKET, NOW
from tests.services.confirmed import a_confirmed_order
from tests.support.merchant import a_merchant
from tests.workers.sqs import Context, batch_of


@pytest.fixture
def merchant(shop, monkeypatch):
    from chalicelib.config import settings

    with a_merchant() as running:
        monkeypatch.setenv("DOCKET_ALLOWED_PRIVATE_HOSTS", running.host)
        settings.cache_clear()
        endpoints.save_endpoint(
            Endpoint(
                store_id=MARKET,
                url=running.url,
                secret="whsec_c2VjcmV0",
                created_at=NOW,
                updated_at=NOW,
            )
        )
        yield running
    monkeypatch.undo()
    settings.cache_clear()


def returned(answer):
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_message_becomes_one_request(merchant):
    event, _ = a_confirmed_order(CUSTOMER)
    for _ in range(2):
        assert returned(deliver_to_merchant(batch_of(event), Context())) == []
    assert len(merchant.requests) == 1


def test_poison_goes_back_alone(merchant):
    event, _ = a_confirmed_order(CUSTOMER)
    answer = deliver_to_merchant(batch_of("poison", event, "[]"), Context())
    assert returned(answer) == ["m0", "m2"]
    assert len(merchant.requests) == 1


def test_a_receipt_that_was_seized_makes_a_repeat_go_out_again(merchant):
    """How a repair delivers again what was delivered already."""
    event, _ = a_confirmed_order(CUSTOMER)
    deliver_to_merchant(batch_of(event), Context())
    done = receipts.find_receipt(event.order_id, "merchant", event.version)
    receipts.seize(done, datetime.now(UTC))
    assert returned(deliver_to_merchant(batch_of(event), Context())) == []
    assert len(merchant.requests) == 2


def test_slow_answers_are_waited_for_side_by_side(merchant):
    both_asked = Barrier(2)

    def patient(stream):
        both_asked.wait(timeout=30)
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    merchant.answer = patient
    confirmed, _ = a_confirmed_order(CUSTOMER)
    placed, _ = order_events.load_event(confirmed.order_id, 1)
    assert returned(deliver_to_merchant(batch_of(placed, confirmed), Context())) == []
    found = [
        receipts.find_receipt(one.order_id, "merchant", one.version) for one in (placed, confirmed)
    ]
    assert [receipt.outcome for receipt in found] == ["delivered"] * 2
    assert len(merchant.requests) == 2


def test_a_merchant_who_is_down_does_not_send_the_message_back(merchant):
    """The receipt keeps the next try; the queue need not."""
    merchant.answer = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    event, _ = a_confirmed_order(CUSTOMER, now=datetime.now(UTC))
    assert returned(deliver_to_merchant(batch_of(event), Context())) == []
    assert receipts.find_receipt(event.order_id, "merchant", event.version).outcome == "pending"
    assert len(deliveries.list_deliveries(MARKET, 10, None)) == 1
