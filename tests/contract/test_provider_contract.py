"""What every payment provider must do, whoever wrote it: one suite over all that are found.

A provider brings `provider_samples/<name>.py`: its API's answers and genuinely signed events.
"""

from datetime import timedelta
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib import plugins
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.payments import Method
from chalicelib.providers.base import (
    EventSource,
    InvalidSignature,
    ProviderRefused,
    RawWebhook,
)
from tests.contract.provider_counterpart import NOW, NOWHERE, PRICE, Counterpart
from tests.providers.http_double import Answer


def test_there_are_providers():
    named = {"alipay", "paypal", "sandbox", "stripe", "wechat_pay"}
    assert named <= set(plugins.names("providers"))


def test_it_is_named_after_its_file_and_takes_methods_that_exist(company):
    assert company.provider.name == company.sample.__name__.rpartition(".")[2]
    assert company.provider.methods
    assert set(company.provider.methods) <= set(get_args(Method))


def test_starting_gives_the_buyer_something_to_do_and_sends_our_id(company):
    with company.in_state("pending") as double:
        first = company.calls()["start"]()
        assert company.calls()["start"]() == first
    started = getattr(company.sample, "STARTED_REFERENCE", company.sample.REFERENCE)
    assert first.reference == started
    action = first.next_action
    wanted = {
        "redirect": action.url,
        "qr_code": action.qr_data,
        "client_secret": action.client_secret,
    }
    assert wanted[action.type]
    first_asked, again = [asked for asked in double.asked if "pay_1" in f"{asked}"]
    assert company.question(first_asked) == company.question(again)
    sent = f"{first_asked}"
    assert "pay_1" in sent
    assert "ord_1" in sent


def at_once(event):
    """Apart from the moment of asking, which is all that some know of when."""
    return msgspec.structs.replace(event, occurred_at=NOW)


@pytest.mark.parametrize("state", ["pending", "captured", "expired"])
def test_asking_by_either_id_tells_the_state_in_the_words_of_webhooks(company, state):
    with company.in_state(state):
        by_theirs = company.calls()["ask"]()
        by_ours = company.provider.ask(company.secrets, "pay_1", company.least_known)
    assert at_once(by_theirs) == at_once(by_ours)
    assert (by_theirs.kind, by_theirs.payment_id) == (f"payment.{state}", "pay_1")
    known = (by_theirs.order_id, by_theirs.amount)
    # Some name the order and the amount only of money; who asks knows both.
    assert known == ("ord_1", PRICE) or (state != "captured" and known == (None, None))


def test_a_payment_that_it_never_heard_of_is_unknown(company):
    with company.in_state("absent"):
        assert company.provider.ask(company.secrets, "pay_1", None).kind == "payment.unknown"


@pytest.mark.parametrize("state", ["pending", "captured", "expired", "absent"])
def test_closing_ends_in_expired_unless_the_buyer_was_faster(company, state):
    with company.in_state(state):
        found = company.provider.close(company.secrets, "pay_1", company.least_known)
    assert found.kind == ("payment.captured" if state == "captured" else "payment.expired")


def test_a_refund_goes_under_our_id_and_can_be_looked_up_by_it(company):
    with company.in_state("captured") as double:
        assert company.calls()["ask_refund"]().kind == "refund.unknown"
        given = company.calls()["refund"]()
    assert "ref_1" in f"{double.asked[-1]}"
    with company.in_state("refunded"):
        assert company.calls()["ask_refund"]() == given
    assert (given.kind, given.refund_id, given.order_id, given.amount) == (
        "refund.succeeded",
        "ref_1",
        "ord_1",
        PRICE,
    )


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer(503, b"<html>busy"),
        Answer(429),
        Answer(401, b'{"error": {"message": "wrong key"}}'),
        Answer(409),
        Answer(302, headers={"Location": "http://127.0.0.1:9/"}),
        Answer(200, b"<html>captive portal"),
        Answer(200, b"[]"),
        Answer(200, b'{"id": 7, "status": {}, "reference": [], "data": 1}'),
        Answer(200, b'"' + b"x" * 1_000_001 + b'"'),
    ],
    ids=lambda answer: f"{answer.status}-{answer.body[:8].decode()}",
)
def test_an_answer_that_settles_nothing_is_unavailable(company, answer):
    with company.answering(answer):
        for name, act in company.calls().items():
            with pytest.raises(Unavailable):
                pytest.fail(f"{name} took it: {act()}")


def test_a_company_that_cannot_be_reached_is_unavailable(company):
    company.secrets = company.sample.secrets(NOWHERE)
    for act in company.calls().values():
        with pytest.raises(Unavailable):
            act()


@pytest.mark.parametrize("status", [400, 402, 422])
def test_a_final_no_is_told_by_its_code_alone(company, status):
    with company.refusing(status, "card_declined"):
        for name in ("start", "refund"):
            with pytest.raises(ProviderRefused, match=r"^card_declined$"):
                company.calls()[name]()


def test_each_sample_event_is_accepted_and_names_what_it_is_about(company):
    for name in company.sample.EVENTS:
        event = company.hear(name)
        assert event == company.hear(name)
        assert event.provider == company.provider.name
        if event.kind is not None:
            is_payment = event.kind.startswith("payment.")
            assert event.reference in {company.sample.REFERENCE, None if not is_payment else ""}
            is_named = (event.order_id, event.payment_id) == ("ord_1", "pay_1")
            assert is_named or _is_found_by_asking(event)
            if event.refund_id is not None:
                assert event.refund_id in {"ref_1", "ref_2"}
                assert event.kind.startswith("refund.")
    assert company.hear("unheard_of").kind is None


def _is_found_by_asking(event):
    """What is done in the provider's own dashboard knows the provider's ids alone."""
    return bool(event.refund_reference or event.dispute_reference)


def test_one_changed_byte_anywhere_is_refused(company):
    genuine = company.sample.webhook("captured", NOW)
    for position in range(len(genuine.body)):
        changed = bytearray(genuine.body)
        changed[position] ^= 1
        with pytest.raises(InvalidSignature):
            company.provider.verify(
                company.secrets, RawWebhook(bytes(changed), genuine.headers), NOW
            )


@given(junk=st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_whatever_stands_in_its_headers_is_refused_and_never_a_crash(company, junk):
    genuine = company.sample.webhook("captured", NOW)
    for headers in ({}, dict.fromkeys(genuine.headers, junk)):
        with pytest.raises(InvalidSignature):
            company.provider.verify(company.secrets, RawWebhook(genuine.body, headers), NOW)


def test_another_key_and_no_key_are_refused(company):
    genuine = company.sample.webhook("captured", NOW)
    without = {name: type(value)() for name, value in company.secrets.items()}
    for secrets in (company.sample.other_secrets(NOWHERE), without, {}):
        with pytest.raises(InvalidSignature):
            company.provider.verify(secrets, genuine, NOW)


def test_an_old_webhook_and_one_from_the_future_are_refused(company):
    if company.sample.MAX_AGE_SECONDS is None:
        pytest.skip("this company's signatures carry no time to hold them to")
    limit = timedelta(seconds=company.sample.MAX_AGE_SECONDS)
    genuine = company.sample.webhook("captured", NOW)
    for moment in (NOW + limit, NOW - limit):
        assert company.provider.verify(company.secrets, genuine, moment).kind
    for moment in (NOW + limit * 1.01, NOW - limit * 1.01):
        with pytest.raises(InvalidSignature):
            company.provider.verify(company.secrets, genuine, moment)


def test_while_keys_are_changed_both_are_good(company):
    rotated = company.sample.rotated_secrets(NOWHERE)
    genuine = company.sample.webhook("captured", NOW)
    assert company.provider.verify(rotated, genuine, NOW).kind == "payment.captured"


@pytest.mark.parametrize("name", ["sandbox", "stripe"])
def test_a_company_may_sign_with_its_old_and_its_new_key_at_once(name):
    company = Counterpart(name)
    body = company.sample.webhook("captured", NOW).body.decode()
    twice = company.sample.signed(body, NOW, "a-key-on-its-way", company.sample.SECRET)
    assert company.provider.verify(company.secrets, twice, NOW).kind == "payment.captured"


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", "{", '{"id": 1}', "\x00", '{"type": []}'])
def test_signed_nonsense_is_refused(company, body):
    with pytest.raises(InvalidSignature):
        company.provider.verify(company.secrets, company.sample.signed(body, NOW), NOW)


def test_it_is_answered_as_it_expects(company):
    assert 200 <= company.provider.reply(accepted=True).status < 300
    assert company.provider.reply(accepted=False).status == company.sample.REFUSED_WEBHOOK_STATUS


def test_a_list_of_events_says_what_the_webhooks_said_from_a_cursor_on(company):
    if not isinstance(company.provider, EventSource):
        assert not hasattr(company.sample, "EVENT_LIST")
        return
    with company.in_state("captured"):
        page = company.provider.list_events(company.secrets, None, NOW)
        later = company.provider.list_events(company.secrets, page.cursor, NOW)
    heard = [company.hear(name) for name in company.sample.EVENT_LIST]
    assert [one.event for one in page.told] == heard
    assert all(one.raw for one in page.told)
    assert (later.told, later.cursor, later.more) == ((), page.cursor, False)
