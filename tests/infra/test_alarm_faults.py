"""Each fault is brought about, and its alarm rings on what comes out of it.

The alarms are those of the templates as they are deployed: a metric that is renamed, a dimension
that is not there, a threshold that is never reached lets one of these fail.
"""

from datetime import UTC, datetime, timedelta

import boto3
import pytest

from chalicelib.observability import flush_metrics, metrics
from chalicelib.services import buffer_care
from infra.dashboard import QUEUES
from infra.ground_alarms import CONCURRENT_MAX, TABLES
from tests.infra import aws_faults, own_faults
from tests.infra.own_faults import OWN_FAULTS, SCHEDULED
from tests.services.sweeping import make_queues
from tests.support.cloudwatch import point, resolved, rings, told
from tests.support.outage import outage
from tests.support.usual import WEEK, Learned, weeks

NOW = datetime.now(UTC)


def ground_points(alarm):
    """By alarm, what AWS alone can tell."""
    several = aws_faults.of_table
    faults = {
        "concurrency": [point("AWS/Lambda", "ConcurrentExecutions", NOW, CONCURRENT_MAX + 1)],
        "alarms-not-delivered": aws_faults.of_topic(
            "NumberOfNotificationsFailed", "ops-alarms", NOW
        ),
        "events-not-published": aws_faults.of_topic(
            "NumberOfNotificationsFailed", "order-events", NOW
        ),
        "events-dropped": aws_faults.of_topic(
            "NumberOfNotificationsFailedToRedriveToDlq", "order-events", NOW
        ),
        "database-errors": several(
            "SystemErrors", "orders", 5, NOW, Operation="TransactWriteItems"
        ),
        "stock-conflicts": several("TransactionConflict", "stock", 51, NOW),
        "api-latency": aws_faults.waiting(NOW),
    }
    for table in TABLES:
        faults[f"{table}-reads-throttled"] = several("ReadThrottleEvents", table, 11, NOW)
        faults[f"{table}-table-throttled"] = several("WriteThrottleEvents", table, 11, NOW)
    return faults[alarm] if alarm else set(faults)


@pytest.fixture(scope="session")
def alarms(data_template, app_template):
    """The properties of every alarm by its name, with what they refer to."""
    resources = {**data_template["Resources"], **app_template["Resources"]}
    names = {"Stage": "test", "AWS::NoValue": None, "OpsAlarmsTopic": "topic"}
    for logical_id, resource in resources.items():
        about = resource.get("Properties", {})
        for kind in ("FunctionName", "TableName", "QueueName"):
            if kind in about and not resource["Type"].endswith("Permission"):
                name = resolved(about[kind], names)
                names |= {logical_id: name, f"{logical_id}.{kind}": name}
    found = {}
    for resource in resources.values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            properties = {
                key: value
                for key, value in resource["Properties"].items()
                if key not in {"AlarmActions", "OKActions"}
            }
            alarm = resolved(properties, names)
            found[alarm["AlarmName"].removeprefix("docket-test-")] = alarm
    return found


@pytest.fixture(scope="session")
def functions(app_template):
    """Every function's properties by its label."""
    return {
        about["FunctionName"]["Fn::Sub"].removeprefix("docket-${Stage}-"): about
        for resource in app_template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
        for about in [resource["Properties"]]
    }


@pytest.fixture
def world(shop):
    make_queues()
    boto3.client("sns").create_topic(Name="order-events")
    metrics.clear_metrics()


@pytest.fixture
def printed(capsys):
    """What the functions told so far, as points of a moment."""

    def read(at=NOW):
        flush_metrics()
        return told(capsys.readouterr().out, at)

    return read


def test_every_alarm_has_its_fault_here(alarms, functions):
    learns = {name for name, alarm in alarms.items() if "Metrics" in alarm}
    queues = {f"{queue}-{what}" for queue in QUEUES for what in ("dead-letters", "age")}
    each = {f"{label}-{kind}" for label in functions for kind in ("errors", "throttles", "slow")}
    lags = {f"relay-order-events-{kind}" for kind in ("iterator-age", "far-behind")}
    others = {"relay-failures", "relay-order-events-last-resort", "api-server-errors"}
    known = {*OWN_FAULTS, *SCHEDULED, *ground_points(None), *queues, *each, *lags, *others}
    assert known == set(alarms) - learns
    assert learns == set(UNUSUAL)


@pytest.mark.parametrize("name", sorted(OWN_FAULTS))
def test_what_functions_count_rings(name, alarms, world, printed):
    assert not rings(alarms[name], printed(), NOW), "before the fault"
    OWN_FAULTS[name]()
    points = printed()
    period = timedelta(seconds=alarms[name]["Period"])
    again = [one._replace(at=NOW - back * period) for back in range(6) for one in points]
    assert rings(alarms[name], again, NOW)


def test_the_breakers_alarm_rings_until_the_database_answers(alarms, world, printed):
    own_faults.tables_down()
    printed()
    with outage("dynamodb"):
        buffer_care.look_after(NOW)
        assert rings(alarms["breaker-open"], printed(), NOW), "though nobody orders any more"
        own_faults.take_at(NOW + timedelta(minutes=5))
        assert rings(alarms["breaker-open"], printed(), NOW), "the probe failed"
    buffer_care.look_after(NOW)
    assert not rings(alarms["breaker-open"], printed(), NOW)


@pytest.mark.parametrize("name", sorted(SCHEDULED))
def test_silence_rings_and_the_function_that_runs_ends_it(name, alarms, world, printed):
    assert rings(alarms[name], [], NOW)
    own_faults.invoked(*SCHEDULED[name])
    assert not rings(alarms[name], printed(), NOW)


def consumer_of(queue, data_template, of_type):
    """The handler that reads it, and how often it may try, both by the templates."""
    ((logical_id, about),) = (
        (logical_id, one["Properties"])
        for logical_id, one in data_template["Resources"].items()
        if one["Type"] == "AWS::SQS::Queue"
        and one["Properties"]["QueueName"] == {"Fn::Sub": f"docket-${{Stage}}-{queue}"}
    )
    (reader,) = (
        mapping["FunctionName"]["Ref"]
        for mapping in of_type("AWS::Lambda::EventSourceMapping").values()
        if f"-{logical_id}Arn" in str(mapping["EventSourceArn"])
    )
    handler = of_type("AWS::Lambda::Function")[reader]["Handler"]
    return handler, about["RedrivePolicy"]["maxReceiveCount"]


@pytest.mark.parametrize("queue", sorted(QUEUES))
def test_a_poison_message_and_one_that_nobody_reads_ring(
    queue, alarms, world, data_template, of_type
):
    assert rings(alarms[f"{queue}-age"], aws_faults.unread(queue, NOW), NOW)
    boto3.client("sqs").purge_queue(
        QueueUrl=boto3.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    )
    dead = alarms[f"{queue}-dead-letters"]
    handler, receives = consumer_of(queue, data_template, of_type)
    assert rings(dead, aws_faults.poisoned(queue, handler, receives, NOW), NOW)


def test_events_that_the_relay_gives_up_ring(alarms, world, of_type):
    tries = [
        mapping["MaximumRetryAttempts"]
        for mapping in of_type("AWS::Lambda::EventSourceMapping").values()
        if "MaximumRetryAttempts" in mapping
    ]
    kept, lost = aws_faults.relay_gives_up(tries[0], NOW)
    assert rings(alarms["relay-failures"], [kept], NOW)
    assert rings(alarms["relay-order-events-last-resort"], [lost], NOW)


def test_every_function_rings_for_its_errors_throttles_and_slowness(alarms, functions, world):
    for label, about in functions.items():
        errors = aws_faults.broken(about["Handler"], label, NOW)
        assert rings(alarms[f"{label}-errors"], errors, NOW), label
        assert rings(alarms[f"{label}-throttles"], aws_faults.at_once(label, NOW), NOW), label
        late = aws_faults.slow(label, about["Timeout"], NOW)
        assert rings(alarms[f"{label}-slow"], late, NOW), label


@pytest.mark.parametrize(("kind", "lag"), [("iterator-age", 90), ("far-behind", 3700)])
def test_a_stream_that_is_read_late_rings(kind, lag, alarms):
    label = "relay-order-events"
    points = aws_faults.behind(label, timedelta(seconds=lag), NOW)
    assert rings(alarms[f"{label}-{kind}"], points, NOW)


def test_a_request_that_cannot_be_answered_rings(alarms, world):
    assert rings(alarms["api-server-errors"], aws_faults.answered(NOW), NOW)


@pytest.mark.parametrize("name", sorted(ground_points(None)))
def test_what_aws_alone_knows_rings(name, alarms):
    assert rings(alarms[name], ground_points(name), NOW)


def sixty_orders_an_hour_and_then_none(printed):
    """The shop cannot be reached: the sweep goes on saying so, minute by minute."""
    own_faults.another_amount()
    placed = next(one for one in printed() if one.metric == "OrdersPlaced")
    own_faults.invoked(*SCHEDULED["sweep-missed"])
    silent = [one for one in printed() if one.metric == "OrdersPlaced"]
    assert [one.value for one in silent] == [0]
    minutes = [BUSY - timedelta(minutes=back) for back in range(1, 61)]
    return placed, 60, [one._replace(at=at) for at in minutes for one in silent]


def refusals(printed):
    """Requests without a token, again and again."""
    points = aws_faults.refused(30, NOW)
    return points[0], 24, at_each_of_three_periods(points)


def sold_out(printed):
    own_faults.sold_out(30)
    points = [one for one in printed() if one.metric == "OutOfStock"]
    return points[0]._replace(value=1), 24, at_each_of_three_periods(points)


def at_each_of_three_periods(points):
    ends = [BUSY - timedelta(minutes=minutes) for minutes in (1, 6, 11)]
    return [one._replace(at=at) for at in ends for one in points]


# A Saturday's noon, UTC.
BUSY = datetime(2026, 11, 21, 13, tzinfo=UTC)
UNUSUAL = {
    "few-orders": sixty_orders_an_hour_and_then_none,
    "api-refusals": refusals,
    "stock-refusals": sold_out,
}


@pytest.mark.parametrize("name", sorted(UNUSUAL))
def test_what_is_unusual_rings_and_an_ordinary_week_does_not(name, alarms, world, printed):
    sample, busiest, fault = UNUSUAL[name](printed)
    learned = Learned(alarms[name], weeks(sample, busiest, 3, BUSY - WEEK, seed=1))
    ordinary = weeks(sample, busiest, 1, BUSY, seed=2)
    hours = [BUSY - timedelta(hours=back) for back in range(160)]
    assert [hour for hour in hours if learned.rings(ordinary, hour)] == []
    before = [one for one in ordinary if one.at < BUSY - timedelta(hours=1)]
    assert learned.rings([*before, *fault], BUSY)


def test_an_hour_that_brings_few_orders_anyway_rings_for_none_of_them(alarms, world, printed):
    """Three deviations reach to nothing there; single stores have a rule of their own."""
    sample, _, silence = sixty_orders_an_hour_and_then_none(printed)
    learned = Learned(alarms["few-orders"], weeks(sample, 6, 3, BUSY - WEEK, seed=1))
    assert not learned.rings(silence, BUSY)
