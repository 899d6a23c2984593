"""Orders that still wait long after their incident was closed: a case, a push, and an end."""

from datetime import timedelta

from chalicelib.domain.exception_cases import open_case
from chalicelib.domain.thresholds import DEFAULTS
from chalicelib.rules import buffer_undrained
from chalicelib.services import affected, buffer_care, drains
from tests.factories import MANAGER
from tests.services.intake import buffered_incident, close, drain, messages, now, status_of, take

SETTINGS = DEFAULTS["buffer_undrained"]


def findings(at):
    found = [buffer_undrained.RULE.foresee(seen, SETTINGS) for seen in drains.undrained(at)]
    return [one for one in found if one and one.holds(at)]


def test_an_incident_whose_orders_wait_too_long_is_found_pushed_and_over_when_drained(shop):
    incident = buffered_incident()
    order = take().placed.file.order
    assert drains.undrained(now()) == [], "it is open, so they wait on purpose"
    close(incident)
    assert len(messages()) == 1, "and got lost"
    late = now() + SETTINGS.after + timedelta(seconds=1)
    assert findings(now()) == []
    [finding] = findings(late)
    assert (finding.subject.id, finding.remedies[0].action) == (
        incident.incident_id, "drive_drain",
    )  # fmt: skip
    case = open_case(finding, SETTINGS, late)
    assert [one.order_id for one in affected.orders_of(case, MANAGER)] == [order.order_id]
    assert drains.push(incident.incident_id) == 1
    assert drain() == []
    assert status_of(order.order_id) == "placed"
    assert affected.orders_of(case, MANAGER) == [], "none waits any more"
    assert drains.push(incident.incident_id) == 0
    for minutes in (1, 2):
        buffer_care.look_after(late + timedelta(minutes=minutes))
    assert findings(late) == []
