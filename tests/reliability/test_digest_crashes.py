"""What staff are told together, killed at any call: told once, and nothing forgotten."""

from datetime import timedelta
from functools import partial

import pytest

from chalicelib.domain.profiles import Profile
from chalicelib.services import case_work, digest_plans, digests
from chalicelib.store import exception_cases as case_table
from chalicelib.store import profiles, subject_notes
from tests.factories import MANAGER, MARKET, NOW
from tests.reliability.crashes import Calls, deaths, killed_at, points, watched
from tests.services.sweeping import make_queues
from tests.services.test_digests import RULE, queued, trouble


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def sweep(case_id, now):
    """What a sweep does about a case that nobody takes, and what is due."""
    case_work.alert_if_due(case_table.load_case(case_id), RULE, now)
    digests.send_due(subject_notes.read(), now)


def everywhere(act, start):
    """Kill `act` at each of its calls, a day later each time; yields the moment and the calls."""
    rehearsal = Calls()
    with watched(rehearsal):
        act(start)
    assert {"TransactWriteItems", "SendMessage", "DeleteItem"} <= set(rehearsal.names)
    queued()
    for day, met in enumerate(deaths(points(rehearsal)), 1):
        now = start + timedelta(days=day)
        for point in met:
            killed_at(point, partial(act, now))
        yield now, [rehearsal.names[number] for number, _ in met]


def test_a_call_that_can_wait_is_told_once():
    case_id = trouble("one", -3600)
    for now, died in everywhere(partial(sweep, case_id), NOW):
        for minute in (1, 2, 3):
            sweep(case_id, now + timedelta(minutes=minute))
        told = {call.alert_id for call in queued()}
        assert len(told) == 1, died
        assert case_table.load_case(case_id).alerts[-1].outcome == "held"


def test_each_days_digest_is_sent_once():
    profile = Profile(customer_id=MANAGER.id, email="mo@example.com", version=1, updated_at=NOW)
    profiles.save_profile(profile)
    planned = digest_plans.subscribe(MARKET, ("email",), MANAGER, NOW)
    trouble("one")
    digests.send_due(subject_notes.read(), NOW)

    def send(now):
        digests.send_due(subject_notes.read(), now)

    for now, died in everywhere(send, planned.next_at):
        for minute in (1, 2):
            send(now + timedelta(minutes=minute))
        told = {call.alert_id for call in queued() if call.kind == "digest.daily"}
        assert len(told) == 1, died
