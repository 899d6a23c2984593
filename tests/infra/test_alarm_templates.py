"""Alarms stand on metrics that somebody emits, and symptoms on alarms that exist."""

import re
from functools import cache

from chalicelib.services import pulse, symptoms
from infra.paths import ROOT
from infra.symptoms import SYMPTOMS

EMITTED_BY_AWS = {
    "AWS/ApiGateway": {"4XXError", "5XXError", "Count", "IntegrationLatency", "Latency"},
    "AWS/DynamoDB": {
        "ConditionalCheckFailedRequests", "ReadThrottleEvents", "SystemErrors",
        "TransactionConflict", "WriteThrottleEvents",
    },
    "AWS/Lambda": {
        "ConcurrentExecutions", "DestinationDeliveryFailures", "Duration", "Errors", "Invocations",
        "IteratorAge", "Throttles",
    },
    "AWS/SNS": {"NumberOfNotificationsFailed", "NumberOfNotificationsFailedToRedriveToDlq"},
    "AWS/SQS": {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"},
}  # fmt: skip


def watched(alarm):
    """The metric itself; that of an alarm that learns is in its first query."""
    return alarm["Metrics"][0]["MetricStat"]["Metric"] if "Metrics" in alarm else alarm


@cache
def own_metrics():
    sources = "".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    return {*re.findall(r'count(?:_by)?\("(\w+)"', sources), *pulse.COUNTED.values()}


def is_emitted(namespace, metric):
    if namespace == "Docket":
        return metric in own_metrics()
    return metric in EMITTED_BY_AWS[namespace]


def test_every_alarm_watches_a_metric_that_somebody_emits_and_tells_somebody(of_type):
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        metric = watched(alarm)
        assert is_emitted(metric["Namespace"], metric["MetricName"]), name
        assert alarm["AlarmActions"], name
        assert re.search(r"Runbook: docs/runbooks/[a-z-]+\.md$", str(alarm["AlarmDescription"]))


def test_every_symptom_stands_on_alarms_that_exist_and_are_made_before_it(of_type, app_template):
    names = {alarm_name(alarm) for alarm in of_type("AWS::CloudWatch::Alarm").values()}
    made_here = {
        alarm_name(resource["Properties"]): logical_id
        for logical_id, resource in app_template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }
    symptoms = {
        logical_id: resource
        for logical_id, resource in app_template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::CompositeAlarm"
    }
    assert symptoms
    for symptom in symptoms.values():
        rule = symptom["Properties"]["AlarmRule"]["Fn::Sub"]
        parts = set(re.findall(r'ALARM\("docket-\$\{Stage\}-([a-z-]+)"\)', rule))
        assert parts <= names
        assert {made_here[part] for part in parts & set(made_here)} == set(symptom["DependsOn"])
        runbook = symptom["Properties"]["AlarmDescription"].partition("Runbook: ")[2]
        assert (ROOT / runbook).exists()


def test_alarms_over_our_own_metrics_are_the_stages(of_type):
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        metric = watched(alarm)
        if metric["Namespace"] == "Docket":
            assert {one["Name"] for one in metric["Dimensions"]} == {"service", "stage"}, name


def alarm_name(alarm):
    name = alarm["AlarmName"]
    return (name["Fn::Sub"] if isinstance(name, dict) else name).removeprefix("docket-${Stage}-")


def test_every_symptom_has_its_component_on_the_status_page():
    assert set(symptoms.COMPONENTS) == set(SYMPTOMS)
