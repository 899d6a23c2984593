"""Standard Webhooks as its own library reads them, and 72 hours of patience."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.domain import merchant_deliveries as domain
from chalicelib.domain.merchant_deliveries import Endpoint
from chalicelib.domain.receipts import MERCHANT_EVENTS

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def an_endpoint(**changes) -> Endpoint:
    fields = {
        "store_id": "s", "url": "https://merchant.example.com/", "secret": domain.new_secret(),
        "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return Endpoint(**{**fields, **changes})


@given(st.text(), st.text("abcdef_0123456789", min_size=1))
def test_the_reference_library_accepts_what_is_signed(body, message_id):
    secret = domain.new_secret()
    now = datetime.now(UTC)
    headers = domain.signed_headers([secret], message_id, body, now)
    Webhook(secret).verify(body.encode(), headers, json_parse=False)


def test_the_signature_is_that_of_the_specifications_example():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = domain.signed_headers(
        [secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', at
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("change", ["body", "id", "secret"])
def test_the_reference_library_refuses_what_was_changed(change):
    secret, body = domain.new_secret(), '{"a": 1}'
    headers = domain.signed_headers([secret], "evt_1", body, datetime.now(UTC))
    if change == "body":
        body += " "
    if change == "id":
        headers["webhook-id"] = "evt_2"
    if change == "secret":
        secret = domain.new_secret()
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


def test_both_secrets_verify_for_a_day_after_a_rotation():
    now = datetime.now(UTC)
    old = an_endpoint()
    new = domain.rotated(old, domain.new_secret(), now)
    assert new.version == old.version + 1
    headers = domain.signed_headers(new.secrets_at(now), "evt_1", "{}", now)
    for secret in (old.secret, new.secret):
        Webhook(secret).verify("{}", headers)
    assert new.secrets_at(now + domain.OVERLAP) == (new.secret,)


def test_a_second_rotation_ends_the_first_secret():
    first = an_endpoint()
    second = domain.rotated(first, domain.new_secret(), NOW)
    third = domain.rotated(second, domain.new_secret(), NOW)
    assert first.secret not in third.secrets_at(NOW)


@given(st.lists(st.floats(0, 1), min_size=20, max_size=20))
def test_a_silent_merchant_is_tried_for_72_hours_and_not_longer(chances):
    tries, at = [NOW], NOW
    while again := domain.next_attempt(NOW, at, chances[len(tries)]):
        assert again > at
        at = again
        tries.append(at)
    assert len(tries) == 10
    assert tries[-1] == NOW + timedelta(hours=72)
    assert tries[1] - NOW <= timedelta(seconds=6)


def test_waiting_does_not_start_anew_for_an_event_that_is_old():
    assert domain.next_attempt(NOW, NOW + timedelta(hours=72), 0.5) is None


def test_tries_in_between_bring_the_end_no_nearer():
    """The repairs of an order that was not accepted make a dozen within the first hours."""
    at = NOW + timedelta(hours=4)
    assert domain.next_attempt(NOW, at, 0) == NOW + timedelta(seconds=27_305)
    assert domain.next_attempt(NOW, at + timedelta(seconds=1), 0) is not None


@pytest.mark.parametrize(
    ("events", "enabled", "kind", "wanted"),
    [
        (("order.*",), True, "order.ready", True),
        (("order.ready",), True, "order.ready", True),
        (("order.ready",), True, "order.placed", False),
        (("order.*",), False, "order.ready", False),
    ],
)
def test_an_endpoint_gets_what_it_asked_for(events, enabled, kind, wanted):
    assert an_endpoint(events=events, enabled=enabled).wants(kind) is wanted


def test_only_events_that_merchants_are_sent_can_be_asked_for():
    assert domain.unknown_events(["order.*", *sorted(MERCHANT_EVENTS)]) == []
    assert domain.unknown_events(["order.ready", "payment.captured", "exception.opened"]) == [1, 2]


def test_what_is_sent_says_what_to_make_and_hides_what_is_ours():
    from tests.domain.test_announcements import an_event, an_order

    body = msgspec.json.decode(domain.body_of(an_event("order.confirmed"), an_order()))
    assert (body["type"], body["timestamp"]) == ("order.confirmed", "2026-11-22T09:30:00.000Z")
    order = body["data"]["order"]
    assert order["line_items"][0]["quantity"] == 2
    assert order["totals"]["total"] == {"amount_minor": 1500, "currency": "CNY"}
    for ours in ("fingerprint", "guard_key", "reserved", "customer_id"):
        assert ours not in order
    assert "units" not in order["line_items"][0]
