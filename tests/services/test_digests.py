"""What staff are told together: calls that can wait, and each day what a store has open."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.config import settings
from chalicelib.domain.digests import STAGE, Plan
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.exception_cases import Finding, Subject
from chalicelib.domain.identity import EVERY_STORE
from chalicelib.domain.money import Money
from chalicelib.domain.profiles import Profile
from chalicelib.domain.quiet_hours import QuietHours
from chalicelib.domain.thresholds import DEFAULT_THRESHOLDS, DEFAULTS, Thresholds
from chalicelib.services import (
    alerts,
    case_actions,
    case_work,
    digest_plans,
    digests,
    exception_cases,
)
from chalicelib.services.case_actions import Wish
from chalicelib.services.sweep_run import CALLS_A_RUN_MAX, Run, SweepCounts, alert_if_due
from chalicelib.store import exception_cases as case_table
from chalicelib.store import profiles, subject_notes
from tests.channels.fake import FakeChannel
from tests.factories import MANAGER, MARKET, NOW
from tests.services.sweeping import make_queues, messages, sweep_at

GATHERING = 900
RULE = DEFAULTS["state_stalled"]


@pytest.fixture(autouse=True)
def _queues(shop):
    make_queues()


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def trouble(name, seconds=0):
    """A case that can wait, and its first call."""
    finding = Finding(
        rule=RULE.rule, subject=Subject("order", f"ord_{name}"), store_id=MARKET, since=NOW,
        summary={"en": f"Order {name} stands still.", "zh-CN": f"订单 {name} 停滞。"},
        cause="operation", money_at_risk=Money(1900, "CNY"),
    )  # fmt: skip
    case = exception_cases.see(finding, RULE, None, after(seconds)).case
    case_work.alert_if_due(case, RULE, after(seconds))
    return case.case_id


def sweep(seconds):
    digests.send_due(subject_notes.read(), DEFAULT_THRESHOLDS, after(seconds))


def thresholds(**changes):
    changed = msgspec.structs.replace(RULE, **changes)
    return Thresholds(rules={**DEFAULTS, RULE.rule: changed})


def queued():
    """The calls in the queue, as the worker reads them."""
    return [alerts.read_alert(json.dumps(raw), NOW) for raw in messages("ops-alerts")]


def delivered(calls, now=NOW, find_member=lambda _: MANAGER):
    mail = FakeChannel("email")
    for call in calls:
        alerts.deliver(call, now, {"email": mail}.__getitem__, find_member)
    return mail.sent


def told(case_id):
    return [one.outcome for one in case_table.load_case(case_id).alerts]


class TestCallsThatCanWait:
    @pytest.mark.parametrize(
        "silence",
        [
            {"muted_until": after(3600)},
            {"quiet_hours": QuietHours(start="09:00", end="10:00", time_zone="UTC")},
        ],
    )
    def test_none_goes_out_once_its_rule_is_silenced_or_its_quiet_hours_began(self, silence):
        case_id = trouble("one")
        digests.send_due(subject_notes.read(), thresholds(**silence), after(1))
        assert queued() == []
        sweep(3600)
        case = case_table.load_case(case_id)
        assert case_work.alert_if_due(case, RULE, after(3600))
        sweep(3600)
        assert [call.case_id for call in queued()] == [case_id]

    def test_the_first_goes_out_by_itself_and_what_follows_within_the_window_together(self):
        first = trouble("one")
        sweep(0)
        [alone] = queued()
        assert (alone.case_id, alone.case_ids) == (first, ())
        others = [trouble("two", 200), trouble("three", 300)]
        sweep(300)
        sweep(GATHERING - 1)
        assert queued() == []
        assert [told(case_id) for case_id in others] == [["held"], ["held"]]

        sweep(GATHERING)

        [together] = queued()
        assert sorted(together.case_ids) == sorted(others)
        [mail] = delivered([together, together])
        assert mail.subject == "2 exceptions: 2 warning"
        assert "Order two stands still." in mail.text
        assert "[警告] 订单 three 停滞。" in mail.text
        assert [told(case_id) for case_id in others] == [["held", "sent"], ["held", "sent"]]
        sweep(3 * GATHERING)
        assert queued() == []

    def test_nobody_is_called_for_what_somebody_has_in_hand_by_then(self):
        case_id = trouble("one")
        case_actions.act(case_id, Wish(action="acknowledge"), MANAGER, NOW)
        sweep(0)
        assert queued() == []
        assert told(case_id) == ["superseded"]
        sweep(GATHERING)
        assert queued() == []

    def test_two_sweeps_at_once_send_one_message(self):
        trouble("one")
        notes = subject_notes.read()
        for _ in range(2):
            digests.send_due(notes, DEFAULT_THRESHOLDS, NOW)
        assert len(queued()) == 1

    def test_it_is_in_the_list_of_what_was_sent_to_whom(self, client):
        from tests.tokens import bearer

        trouble("one")
        trouble("two")
        sweep(0)
        now = datetime.now(UTC)
        [call] = queued()
        delivered([call], now)
        answer = client.send(
            "GET", f"/v1/ops/notifications?audience=staff&since={NOW:%Y-%m-%dT%H:%M:%SZ}",
            authorization=bearer("staff-mo", "manager", f"store:{MARKET}"),
        )  # fmt: skip
        [row] = answer.json["items"]
        assert (row["type"], row["channel"], row["outcome"]) == ("digest.calls", "email", "sent")


class TestAnAvalanche:
    def test_one_fault_behind_many_critical_cases_rings_a_few_times_and_tells_of_all(self):
        rule = DEFAULTS["order_not_returned"]
        run = Run(
            thresholds=DEFAULT_THRESHOLDS, clock=lambda: NOW, deadline=after(60), repairs_left=0,
            counts=SweepCounts(sweep_id="swp_1", requested_by="test", started_at=NOW),
        )  # fmt: skip
        trouble("earlier")
        sweep(0)
        queued()
        found = [
            Finding(
                rule=rule.rule, subject=Subject("order", f"ord_{n}"), store_id=MARKET, since=NOW,
                summary={"en": f"Order {n} is not accepted.", "zh-CN": f"订单 {n}"}, cause="system",
            )
            for n in range(9)
        ]  # fmt: skip
        for finding in found:
            alert_if_due(exception_cases.see(finding, rule, None, NOW).case, run, NOW)
        sweep(1)
        calls = queued()
        alone = [call for call in calls if not call.is_digest]
        together = [call for call in calls if call.is_digest]
        assert len(alone) == CALLS_A_RUN_MAX
        assert sorted(call.channels for call in together) == [("email",), ("sms",)]
        told_of = {call.case_id for call in alone} | set(together[0].case_ids)
        assert told_of == {finding.case_id for finding in found}
        assert run.counts.alerted == len(found)


class TestDaily:
    @pytest.fixture
    def reader(self):
        profiles.save_profile(
            Profile(customer_id=MANAGER.id, email="mo@example.com", version=1, updated_at=NOW)
        )
        return digest_plans.subscribe(MARKET, ("email",), MANAGER, NOW)

    def dailies(self):
        return [call for call in queued() if call.kind == "digest.daily"]

    def test_a_reader_gets_the_open_cases_once_at_the_hour_of_the_stores_clock(self, reader):
        trouble("one")
        trouble("two")
        assert f"{reader.next_at:%H:%M}" == "08:00"
        assert reader.next_at.utcoffset() == timedelta(hours=8)
        sweep_at(at=reader.next_at - timedelta(seconds=1))
        assert self.dailies() == []
        for seconds in (0, 60):
            sweep_at(at=reader.next_at + timedelta(seconds=seconds))

        [daily] = self.dailies()
        [mail] = delivered([daily, daily])
        assert mail.to == "mo@example.com"
        assert mail.subject.endswith(": 2 open exceptions")
        for words in ("Money at risk: 38.00 CNY", "2 nobody has taken", "The oldest", "待办：2 个"):
            assert words in mail.text
        [planned] = [one for one in digest_plans.list_plans(MANAGER) if one.plan.store_id == MARKET]
        assert planned.next_at == reader.next_at + timedelta(days=1)

    @pytest.mark.parametrize(
        "now_is", [None, msgspec.structs.replace(MANAGER, store_ids=frozenset({"elsewhere"}))]
    )
    def test_whoever_left_the_staff_or_the_store_reads_it_no_more(self, reader, now_is):
        trouble("one")
        sweep_at(at=reader.next_at)
        assert delivered(self.dailies(), find_member=lambda _: now_is) == []
        [planned] = [one for one in digest_plans.list_plans(MANAGER) if one.plan.store_id == MARKET]
        assert planned.plan.staff == {}
        assert planned.next_at is None

    def test_what_is_no_stores_reaches_those_who_work_at_all_of_them(self, reader):
        finding = Finding(
            rule="dead_letters", subject=Subject("queue", "invoices"), store_id="", since=NOW,
            summary={"en": "2 messages in the dead letters.", "zh-CN": "2"}, cause="system",
        )  # fmt: skip
        exception_cases.see(finding, DEFAULTS["dead_letters"], None, NOW)
        admin = msgspec.structs.replace(
            MANAGER, roles=frozenset({"admin"}), store_ids=frozenset({EVERY_STORE})
        )
        with pytest.raises(NotFound):
            digest_plans.subscribe(STAGE, ("email",), MANAGER, NOW)
        planned = digest_plans.subscribe(STAGE, ("email",), admin, NOW)
        digests.send_due(subject_notes.read(), DEFAULT_THRESHOLDS, planned.next_at)
        [mail] = delivered(self.dailies(), find_member=lambda _: admin)
        assert mail.subject == "The system itself: 1 open exceptions"
        assert "2 messages in the dead letters." in mail.text
        assert STAGE not in {one.plan.store_id for one in digest_plans.list_plans(MANAGER)}

    def test_an_address_in_a_list_and_in_a_profile_gets_it_once(self, reader):
        listed = Profile(
            customer_id="staff-li", email=settings().alert_emails[0], version=1, updated_at=NOW
        )
        profiles.save_profile(listed)
        li = msgspec.structs.replace(MANAGER, id="staff-li")
        digest_plans.subscribe(MARKET, ("email",), li, NOW)
        digest_plans.change(MARKET, "08:00", ("email",), MANAGER, NOW)
        trouble("one")
        digests.send_due(subject_notes.read(), DEFAULT_THRESHOLDS, reader.next_at)
        mails = delivered(self.dailies())
        assert sorted(mail.to for mail in mails) == sorted([listed.email, "mo@example.com"])

    def test_nothing_open_is_no_digest_and_without_an_hour_there_is_none(self, reader):
        sweep_at(at=reader.next_at)
        assert self.dailies() == []
        assert digest_plans.change(MARKET, None, ("email",), MANAGER, NOW).next_at is None

    def test_nobody_reads_it_by_an_address_that_they_do_not_have(self):
        with pytest.raises(Conflict) as refused:
            digest_plans.subscribe(MARKET, ("sms",), MANAGER, NOW)
        assert refused.value.code == "no_own_address"

    def test_the_hour_stands_on_the_wall_though_the_clock_is_changed(self):
        plan = Plan(store_id="berlin", hour="08:00", channels=("email",))
        due = plan.next_at("Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC))
        assert due == datetime(2026, 3, 29, 6, tzinfo=UTC)
