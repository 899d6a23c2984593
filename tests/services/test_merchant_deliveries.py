"""Telling the merchant's system: signed, once, patiently, and with a log of every try."""

from datetime import timedelta

import msgspec
import pytest
from standardwebhooks import Webhook as Reference

from chalicelib.channels.webhook import Webhook
from chalicelib.domain.errors import Stale, Unavailable
from chalicelib.domain.merchant_deliveries import Endpoint
from chalicelib.services import (
    evidence,
    fulfillment,
    merchant_deliveries,
    merchant_endpoints,
    merchant_mail,
    rules,
)
from chalicelib.store import deliveries, endpoints, order_events, receipts
from tests.channels.fake import FakeChannel
from tests.factories import CLERK, CUSTOMER, MARKET, NOODLES, NOW
from tests.services.confirmed import a_confirmed_order
from tests.support.merchant import a_merchant, reply

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def merchant():
    with a_merchant() as running:
        yield running


@pytest.fixture
def channel(merchant):
    return Webhook(allowed_private_hosts=lambda: (merchant.host,))


@pytest.fixture
def confirmed(shop, merchant):
    """A paid order of a store whose endpoint is `merchant`."""
    endpoints.save_endpoint(
        Endpoint(store_id=MARKET, url=merchant.url, secret=SECRET, created_at=NOW, updated_at=NOW)
    )
    return a_confirmed_order(CUSTOMER)


def receipt_of(event):
    return receipts.find_receipt(event.order_id, "merchant", event.version)


@pytest.mark.parametrize(
    ("status", "cause"),
    [(403, "outside"), (404, "outside"), (429, "communication"), (500, "communication")],
)
def test_a_system_that_refuses_is_told_from_one_that_does_not_answer(
    confirmed, merchant, channel, status, cause
):
    event, order = confirmed
    merchant.answer = reply(status)
    merchant_deliveries.deliver(event, NOW, channel)
    assert receipt_of(event).outcome == "pending"
    thresholds = rules.current_thresholds(NOW)
    known = evidence.load(order.order_id, thresholds)
    late = NOW + timedelta(minutes=3)
    assert evidence.find("order_not_returned", known, thresholds, late).cause == cause


def log():
    return deliveries.list_deliveries(MARKET, 10, None)


def test_a_confirmed_order_arrives_signed_and_whole(confirmed, merchant, channel):
    event, order = confirmed
    merchant_deliveries.deliver(event, NOW, channel)
    body = msgspec.json.decode(merchant.body())
    assert body["type"] == "order.confirmed"
    assert body["data"]["order"]["number"] == order.number
    headers = merchant.headers()
    assert headers["webhook-id"] == event.event_id
    stamped = {**headers, "webhook-timestamp": headers["webhook-timestamp"]}
    at = NOW.replace(microsecond=0)
    expected = Reference(SECRET).sign(event.event_id, at, merchant.body())
    assert stamped["webhook-signature"] == expected
    assert receipt_of(event).outcome == "delivered"
    (entry,) = log()
    assert (entry.outcome, entry.response_status, entry.attempt) == ("delivered", 200, 1)
    assert entry.response_excerpt == "ok"


@pytest.mark.parametrize("copies", [2, 5])
def test_any_number_of_deliveries_is_one_request(confirmed, merchant, channel, copies):
    event, _ = confirmed
    for _ in range(copies):
        merchant_deliveries.deliver(event, NOW + timedelta(hours=1), channel)
    assert len(merchant.requests) == 1
    assert len(log()) == 1


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_any_other_answer_is_tried_again_with_the_same_id(confirmed, merchant, channel, status):
    event, _ = confirmed
    merchant.answer = reply(status, b"not now")
    merchant_deliveries.deliver(event, NOW, channel)
    waiting = receipt_of(event)
    assert waiting.outcome == "pending"
    assert timedelta(seconds=5) <= waiting.next_attempt_at - NOW <= timedelta(seconds=6)
    merchant.answer = reply(200)
    merchant_deliveries.attempt(event.order_id, event.version, waiting.next_attempt_at, channel)
    assert receipt_of(event).outcome == "delivered"
    assert [merchant.headers(at)["webhook-id"] for at in (0, 1)] == [event.event_id] * 2
    assert [(e.attempt, e.outcome, e.response_status) for e in log()] == [
        (2, "delivered", 200),
        (1, "failed", status),
    ]


def test_nobody_is_tried_before_the_time(confirmed, merchant, channel):
    event, _ = confirmed
    merchant.answer = reply(500)
    merchant_deliveries.deliver(event, NOW, channel)
    assert merchant_deliveries.attempt(event.order_id, event.version, NOW, channel) is None
    assert len(merchant.requests) == 1


def test_a_silent_merchant_is_given_up_after_72_hours(confirmed, merchant, channel):
    event, _ = confirmed
    merchant.answer = reply(500)
    merchant_deliveries.deliver(event, NOW, channel)
    for _ in range(20):
        waiting = receipt_of(event)
        if waiting.outcome != "pending":
            break
        merchant_deliveries.attempt(event.order_id, event.version, waiting.next_attempt_at, channel)
    assert receipt_of(event).outcome == "given_up"
    assert len(merchant.requests) == 10


def test_gone_switches_the_endpoint_off(confirmed, merchant, channel):
    event, order = confirmed
    merchant.answer = reply(410)
    merchant_deliveries.deliver(event, NOW, channel)
    assert receipt_of(event).outcome == "given_up"
    endpoint = endpoints.find_endpoint(MARKET)
    assert not endpoint.enabled
    assert "410" in endpoint.disabled_reason
    accepted = fulfillment.perform(order.order_id, "accept", CLERK, NOW, lambda _: None).events[-1]
    merchant_deliveries.deliver(accepted, NOW, channel)
    assert receipt_of(accepted).outcome == "not_applicable"
    assert len(merchant.requests) == 1


def test_a_store_without_an_endpoint_leaves_a_receipt(shop):
    event, _ = a_confirmed_order(CUSTOMER)
    assert merchant_deliveries.deliver(event, NOW, FakeChannel()) is None
    assert receipt_of(event).outcome == "not_applicable"
    assert log() == []


def test_events_that_are_none_of_the_merchants_business_leave_nothing(confirmed, merchant, channel):
    event, _ = confirmed
    captured, _ = order_events.load_event(event.order_id, event.version - 1)
    merchant_deliveries.deliver(captured, NOW, channel)
    assert merchant.requests == []
    assert receipt_of(captured) is None


def test_a_kill_during_a_try_is_made_up_for_once_its_claim_expired(confirmed, merchant, channel):
    event, _ = confirmed
    dying = FakeChannel("webhook")
    dying.killed_after = True
    with pytest.raises(KeyboardInterrupt):
        merchant_deliveries.deliver(event, NOW, dying)
    merchant_deliveries.deliver(event, NOW + timedelta(seconds=1), channel)
    assert merchant.requests == []
    merchant_deliveries.deliver(event, NOW + merchant_deliveries.LEASE, channel)
    assert len(merchant.requests) == 1
    assert receipt_of(event).outcome == "delivered"


def test_whoever_overstayed_a_claim_cannot_overwrite_the_result(confirmed):
    event, _ = confirmed
    first = msgspec.structs.replace(merchant_deliveries._fresh(event, NOW), attempts=1)
    assert receipts.first(first)
    taken = receipts.claim(first, NOW + timedelta(minutes=1), NOW + timedelta(minutes=2))
    assert not receipts.mark(msgspec.structs.replace(first, outcome="given_up"))
    assert receipts.mark(msgspec.structs.replace(taken, outcome="delivered"))


def test_sending_again_sends_what_was_delivered_already(confirmed, merchant, channel):
    event, _ = confirmed
    merchant_deliveries.deliver(event, NOW, channel)
    merchant_deliveries.send_again(event.order_id, event.version, NOW, channel)
    assert len(merchant.requests) == 2
    assert receipt_of(event).attempts == 2
    assert receipt_of(event).outcome == "delivered"


def test_sending_again_waits_for_nobody_and_starts_what_never_began(confirmed, merchant, channel):
    event, _ = confirmed
    merchant_deliveries.send_again(event.order_id, event.version, NOW, channel)
    assert receipt_of(event).outcome == "delivered"


def test_two_who_send_again_at_once_send_once(confirmed, merchant):
    """The second looks while the first has just taken the claim."""
    event, _ = confirmed

    class Meanwhile(FakeChannel):
        def send(self, message):
            stale = msgspec.structs.replace(receipt_of(event), attempts=0)
            assert receipts.seize(stale, NOW) is None
            return super().send(message)

    first = Meanwhile("webhook")
    merchant_deliveries.send_again(event.order_id, event.version, NOW, first)
    assert len(first.sent) == 1


def test_the_old_secret_signs_too_for_a_day_after_rotating(confirmed, merchant, channel):
    event, _ = confirmed
    fresh = merchant_endpoints.rotate(MARKET, NOW).secret
    merchant_deliveries.deliver(event, NOW, channel)
    signatures = merchant.headers()["webhook-signature"].split(" ")
    at = NOW.replace(microsecond=0)
    assert signatures == [
        Reference(secret).sign(event.event_id, at, merchant.body()) for secret in (fresh, SECRET)
    ]


def test_a_changed_endpoint_is_not_overwritten_by_someone_slower(confirmed):
    endpoint = endpoints.find_endpoint(MARKET)
    endpoints.save_endpoint(msgspec.structs.replace(endpoint, version=2))
    with pytest.raises(Stale):
        endpoints.save_endpoint(msgspec.structs.replace(endpoint, version=2))


def test_the_second_channel_is_mail_with_everything_needed(confirmed):
    _, order = confirmed
    mail = FakeChannel()
    assert merchant_mail.mail_merchant(order, "not_accepted", NOW, mail) == "sent"
    (sent,) = mail.sent
    assert sent.to == "market@example.com"
    assert order.number in sent.subject
    for needed in ("2 × Apple", "pickup", "+8613800138000", f"/ops#/board?order={order.order_id}"):
        assert needed in sent.text


def test_a_repair_that_runs_three_times_mails_once(confirmed):
    _, order = confirmed
    mail = FakeChannel()
    told = [merchant_mail.mail_merchant(order, "not_accepted", NOW, mail) for _ in range(3)]
    assert told == ["sent", "sent_before", "sent_before"]
    assert len(mail.sent) == 1


def test_mail_that_fails_is_not_counted_as_sent(confirmed):
    _, order = confirmed
    mail = FakeChannel()
    mail.down = True
    with pytest.raises(Unavailable):
        merchant_mail.mail_merchant(order, "not_accepted", NOW, mail)
    mail.down = False
    later = NOW + timedelta(minutes=1)
    assert merchant_mail.mail_merchant(order, "not_accepted", later, mail) == "sent"


def test_a_store_without_an_address_cannot_be_mailed(shop):
    from chalicelib.services import catalogue

    stores = dict(shop.snapshot.stores)
    stores[MARKET] = msgspec.structs.replace(stores[MARKET], merchant_email=None)
    catalogue.publish(lambda old: msgspec.structs.replace(old, stores=stores))
    _, order = a_confirmed_order(CUSTOMER)
    assert merchant_mail.mail_merchant(order, "not_accepted", NOW, FakeChannel()) == "no_address"


def test_endpoints_are_one_a_store(confirmed):
    assert endpoints.find_endpoint(NOODLES) is None
