"""What staff are told together, killed at any call: told once, and nothing forgotten."""

from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from chalicelib.domain.alerts import GATHERED, Alert
from chalicelib.domain.profiles import Profile
from chalicelib.domain.thresholds import DEFAULT_THRESHOLDS
from chalicelib.services import alerts, case_work, digest_plans, digests
from chalicelib.store import exception_cases as case_table
from chalicelib.store import profiles, subject_notes
from tests.factories import MANAGER, MARKET, NOW
from tests.reliability.crashes import Calls, deaths, killed_at, points, watched
from tests.reliability.test_delivery_crashes import CountedChannel
from tests.reliability.test_message_crashes import everywhere as everywhere_it_is_sent
from tests.services.sweeping import make_queues
from tests.services.test_digests import RULE, queued, trouble


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def sweep(case_id, now):
    """What a sweep does about a case that nobody takes, and what is due."""
    case_work.alert_if_due(case_table.load_case(case_id), RULE, now)
    digests.send_due(subject_notes.read(), DEFAULT_THRESHOLDS, now)


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
    digests.send_due(subject_notes.read(), DEFAULT_THRESHOLDS, NOW)

    def send(now):
        digests.send_due(subject_notes.read(), DEFAULT_THRESHOLDS, now)

    for now, died in everywhere(send, planned.next_at):
        for minute in (1, 2):
            send(now + timedelta(minutes=minute))
        told = {call.alert_id for call in queued() if call.kind == "digest.daily"}
        assert len(told) == 1, died


def test_what_gathered_reaches_its_people_and_its_cases_say_so():
    mail = CountedChannel("email")
    numbers = count(1)

    def gathered():
        number = next(numbers)
        cases = tuple(trouble(f"{number}-{which}") for which in ("a", "b"))
        return Alert(
            alert_id=f"alt_{number}", title={"en": "2"}, text={"en": "x"}, channels=("email",),
            at=NOW, kind=GATHERED, case_ids=cases,
        )  # fmt: skip

    def act(alert, now):
        alerts.deliver(alert, now, {"email": mail}.__getitem__)

    for alert, copies, died in everywhere_it_is_sent(gathered, act, {"email": mail}):
        assert 1 <= len(mail.sent) <= copies, died
        for case_id in alert.case_ids:
            outcomes = [one.outcome for one in case_table.load_case(case_id).alerts]
            assert outcomes == ["held", "sent"], died
