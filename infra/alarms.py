"""The alarms over what runs: each function, its stream, the API and the sweep's heartbeat."""

from typing import Any

Template = dict[str, Any]
OPS_ALARMS = {"Fn::ImportValue": {"Fn::Sub": "docket-${Stage}-data-OpsAlarmsTopicArn"}}
ITERATOR_AGE_MS_MAX = 60_000
HEARTBEAT_PERIODS = 5


def function_alarms(logical_id: str, label: str, event_types: set[str]) -> dict[str, Template]:
    """For one function: errors and throttles, and how far behind its stream it is."""
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
    }
    if "DynamoDB" in event_types:
        alarms[f"{logical_id}IteratorAgeAlarm"] = alarm(
            f"{label}-iterator-age",
            f"{label} is more than a minute behind its stream.",
            runbook="function-iterator-age",
            **source,
            MetricName="IteratorAge",
            Statistic="Maximum",
            Threshold=ITERATOR_AGE_MS_MAX,
            EvaluationPeriods=3,
        )
    return alarms


def stage_alarms() -> dict[str, Template]:
    """For the stage as a whole: errors that callers see, and the sweep that must never stop."""
    return {
        "ApiServerErrorsAlarm": alarm(
            "api-server-errors",
            "Callers get server errors.",
            runbook="api-server-errors",
            Namespace="AWS/ApiGateway",
            MetricName="5XXError",
            Dimensions=[
                {"Name": "ApiName", "Value": {"Fn::Sub": "docket-${Stage}"}},
                {"Name": "Stage", "Value": "api"},
            ],
        ),
        "InvariantViolationsAlarm": alarm(
            "invariant-violations",
            "The nightly check found books that do not balance.",
            runbook="invariant-violations",
            Namespace="Docket",
            MetricName="InvariantViolations",
            Dimensions=[{"Name": "service", "Value": "docket"}],
        ),
        "SweepMissedAlarm": _heartbeat(
            "sweep-missed",
            "The sweep has not run by its schedule for five minutes.",
            MetricName="SweepHeartbeat",
            EvaluationPeriods=HEARTBEAT_PERIODS,
        ),
        "ReconciliationMissedAlarm": _heartbeat(
            "reconciliation-missed",
            "Nobody has asked the payment providers for twenty minutes.",
            MetricName="ReconciliationRan",
            Period=300,
            EvaluationPeriods=4,
        ),
    }


def _heartbeat(name: str, description: str, **properties: Any) -> Template:
    """One that rings when nothing is heard; its runbook has its name."""
    return alarm(
        name,
        description,
        runbook=name,
        Namespace="Docket",
        Dimensions=[{"Name": "service", "Value": "docket"}],
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
