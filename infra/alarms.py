"""The alarms over what runs: each function, its stream, the API and the sweep's heartbeat."""

from typing import Any

Template = dict[str, Any]
OPS_ALARMS = {"Fn::ImportValue": {"Fn::Sub": "docket-${Stage}-data-OpsAlarmsTopicArn"}}
# What the functions themselves count (observability.py) carries the stage beside the service.
OWN = [{"Name": "service", "Value": "docket"}, {"Name": "stage", "Value": {"Ref": "Stage"}}]
API = [
    {"Name": "ApiName", "Value": {"Fn::Sub": "docket-${Stage}"}},
    {"Name": "Stage", "Value": "api"},
]
ITERATOR_AGE_MS_MAX = 60_000
HEARTBEAT_PERIODS = 5
LATENCY_MS_MAX = 3_000
UNACKNOWLEDGED_SECONDS_MAX = 60
# Of how long a function may take, as many hundredths are near its end.
SLOW_PERCENT = 80
NO_VALUE = {"Ref": "AWS::NoValue"}


def function_alarms(
    logical_id: str, label: str, event_types: set[str], timeout_seconds: int
) -> dict[str, Template]:
    """For one function: errors, throttles, time running out, and its lag behind its stream."""
    source: dict[str, Any] = {
        "Namespace": "AWS/Lambda",
        "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": logical_id}}],
    }
    alarms = {
        f"{logical_id}ErrorsAlarm": alarm(
            f"{label}-errors",
            f"{label} fails.",
            runbook="function-errors",
            **source,
            MetricName="Errors",
        ),
        f"{logical_id}ThrottlesAlarm": alarm(
            f"{label}-throttles",
            f"{label} is throttled.",
            runbook="function-throttles",
            **source,
            MetricName="Throttles",
            EvaluationPeriods=3,
        ),
        f"{logical_id}SlowAlarm": alarm(
            f"{label}-slow",
            f"{label} comes near its time limit.",
            runbook="function-slow",
            **source,
            MetricName="Duration",
            Statistic=NO_VALUE,
            ExtendedStatistic="p99",
            Threshold=timeout_seconds * 10 * SLOW_PERCENT,
            EvaluationPeriods=3,
        ),
    }
    if "DynamoDB" in event_types:
        alarms |= _lag_alarm(logical_id, label, source)
    return alarms


def _lag_alarm(logical_id: str, label: str, source: dict[str, Any]) -> dict[str, Template]:
    """How far behind its stream a function is."""
    lag = alarm(
        f"{label}-iterator-age",
        f"{label} is more than a minute behind its stream.",
        runbook="function-iterator-age",
        **source,
        MetricName="IteratorAge",
        Statistic="Maximum",
        Threshold=ITERATOR_AGE_MS_MAX,
        EvaluationPeriods=3,
    )
    return {f"{logical_id}IteratorAgeAlarm": lag}


def stage_alarms() -> dict[str, Template]:
    """For the stage as a whole."""
    return _for_callers() | _for_orders() | _for_the_sweep() | _for_the_books()


def _for_callers() -> dict[str, Template]:
    """What callers notice: errors and waiting."""
    return {
        "ApiServerErrorsAlarm": alarm(
            "api-server-errors",
            "Callers get server errors.",
            runbook="api-server-errors",
            Namespace="AWS/ApiGateway",
            MetricName="5XXError",
            Dimensions=API,
        ),
        "ApiLatencyAlarm": alarm(
            "api-latency",
            "One caller in a hundred waits longer than three seconds.",
            runbook="api-latency",
            Namespace="AWS/ApiGateway",
            MetricName="Latency",
            Dimensions=API,
            Statistic=NO_VALUE,
            ExtendedStatistic="p99",
            Threshold=LATENCY_MS_MAX,
            EvaluationPeriods=5,
            DatapointsToAlarm=3,
        ),
    }


def _for_orders() -> dict[str, Template]:
    """What orders meet on their way: nobody accepts them, a product is hot, a forger."""
    return {
        "OrdersUnacknowledgedAlarm": _own(
            "orders-unacknowledged",
            "An order is a minute over its time for being accepted: Docket's own symptom.",
            MetricName="UnacknowledgedOrderSeconds",
            Statistic="Maximum",
            Threshold=UNACKNOWLEDGED_SECONDS_MAX,
        ),
        "WebhookSignaturesAlarm": _own(
            "webhook-signatures",
            "More than five webhooks a minute carry a wrong signature: forgery, or a new secret.",
            MetricName="WebhookSignatureFailures",
            Threshold=5,
        ),
        "EventsNotPublishedAlarm": alarm(
            "events-not-published",
            "The topic of order events could not deliver to a queue.",
            runbook="events-not-published",
            Namespace="AWS/SNS",
            MetricName="NumberOfNotificationsFailed",
            Dimensions=[
                {"Name": "TopicName", "Value": {"Fn::Sub": "docket-${Stage}-order-events"}}
            ],
        ),
        "StockConflictsAlarm": alarm(
            "stock-conflicts",
            "More than fifty transactions a minute conflict on stock: a product is hot.",
            runbook="stock-conflicts",
            Namespace="AWS/DynamoDB",
            MetricName="TransactionConflict",
            Dimensions=_named("TableName", "stock"),
            Threshold=50,
        ),
    }


def _for_the_sweep() -> dict[str, Template]:
    """The sweep must run, get through, and not repair without end."""
    return {
        "SweepFailuresAlarm": _own(
            "sweep-failures",
            "The sweep could not look at something three times within five minutes.",
            MetricName="SweepFailed",
            EvaluationPeriods=5,
            DatapointsToAlarm=3,
        ),
        "MassRepairAlarm": _own(
            "mass-repair",
            "A sweep stopped repairing at its limit: so much trouble at once is an incident.",
            MetricName="RepairsHeldBack",
        ),
        "SweepMissedAlarm": _heartbeat(
            "sweep-missed",
            "The sweep has not run by its schedule for five minutes.",
            MetricName="SweepHeartbeat",
            EvaluationPeriods=HEARTBEAT_PERIODS,
        ),
    }


def _for_the_books() -> dict[str, Template]:
    """The books must be looked at, and balance."""
    return {
        "BooksUnverifiedAlarm": _own(
            "books-unverified",
            "The books have not been verified for more than a day.",
            MetricName="BooksVerified",
            ComparisonOperator="LessThanThreshold",
            Threshold=1,
            Period=46_800,
            EvaluationPeriods=2,
            TreatMissingData="breaching",
        ),
        "InvariantViolationsAlarm": alarm(
            "invariant-violations",
            "The nightly check found books that do not balance.",
            runbook="invariant-violations",
            Namespace="Docket",
            MetricName="InvariantViolations",
            Dimensions=OWN,
        ),
        "ReconciliationMissedAlarm": _heartbeat(
            "reconciliation-missed",
            "Nobody has asked the payment providers for twenty minutes.",
            MetricName="ReconciliationRan",
            Period=300,
            EvaluationPeriods=4,
        ),
    }


def _named(dimension: str, name: str) -> list[Template]:
    return [{"Name": dimension, "Value": {"Fn::Sub": f"docket-${{Stage}}-{name}"}}]


def _own(name: str, description: str, **properties: Any) -> Template:
    """Over a metric that the functions count; its runbook has its name."""
    own = {"Namespace": "Docket", "Dimensions": OWN, **properties}
    return alarm(name, description, runbook=name, **own)


def _heartbeat(name: str, description: str, **properties: Any) -> Template:
    """One that rings when nothing is heard; its runbook has its name."""
    return alarm(
        name,
        description,
        runbook=name,
        Namespace="Docket",
        Dimensions=OWN,
        ComparisonOperator="LessThanThreshold",
        Threshold=1,
        TreatMissingData="breaching",
        **properties,
    )


def alarm(name: str, description: str, *, runbook: str, **properties: Any) -> Template:
    """One that rings when a minute's sum is above zero, unless its properties say otherwise."""
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"docket-${{Stage}}-{name}"},
            "AlarmDescription": f"{description} Runbook: docs/runbooks/{runbook}.md",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [OPS_ALARMS],
            "OKActions": [OPS_ALARMS],
            **properties,
        },
    }
