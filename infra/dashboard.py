"""The stage's dashboard: are orders flowing? What people look at first is on top."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib import plugins
from infra.ground_alarms import TABLES
from infra.paths import DATA_TEMPLATE
from infra.symptoms import SYMPTOMS

# Every queue of the stage, as data.yaml names it.
NAMES = re.findall(r'QueueName: !Sub "docket-\$\{Stage\}-([\w-]+)"', DATA_TEMPLATE.read_text())
LAST_RESORTS = [name for name in NAMES if name.endswith("-dlq") or name == "relay-failures"]
QUEUES = [name for name in NAMES if name not in LAST_RESORTS]
WIDTH, HEIGHT, COLUMNS = 8, 6, 3
ALARM_ARN = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
CONSOLE = "https://${AWS::Region}.console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}"
OWN = ("service", "docket", "stage", "${Stage}")
Metric = list[Any]
Widget = dict[str, Any]


def dashboard(labels: Sequence[str]) -> dict[str, Any]:
    """Over the functions with these labels."""
    tiles = [*_orders(), *_money(), *_trouble(), *_queue_tiles(), *_callers(labels), *_ground()]
    for index, tile in enumerate(tiles):
        tile |= {"x": index % COLUMNS * WIDTH, "y": (index // COLUMNS + 1) * HEIGHT}
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {
            "DashboardName": {"Fn::Sub": "docket-${Stage}"},
            "DashboardBody": {"Fn::Sub": json.dumps({"widgets": [_guide(), _symptoms(), *tiles]})},
        },
    }


def _guide() -> Widget:
    """Where to go from here: each symptom's alarm, and the page that tells what to do."""
    lines = [
        f"- [{meaning}]({CONSOLE}#alarmsV2:alarm/docket-${{Stage}}-{name}) "
        f"`docs/runbooks/{name}.md`"
        for name, (meaning, _) in SYMPTOMS.items()
    ]
    pages = "[console](${PublicUrl}/ops) · [status page](${PublicUrl}/status)"
    text = "\n".join(["## Are orders flowing?", *lines, "", f"Docket's own {pages}"])
    place = {"x": 0, "y": 0, "width": 2 * WIDTH, "height": HEIGHT}
    return {"type": "text", **place, "properties": {"markdown": text}}


def _symptoms() -> Widget:
    place = {"x": 2 * WIDTH, "y": 0, "width": WIDTH, "height": HEIGHT}
    alarms = [f"{ALARM_ARN}docket-${{Stage}}-{name}" for name in SYMPTOMS]
    return {"type": "alarm", **place, "properties": {"title": "Symptoms", "alarms": alarms}}


def _orders() -> list[Widget]:
    steps = ("Received", "Placed", "Confirmed", "Accepted", "Completed")
    ends = ("OrdersRejected", "OrdersCanceled")
    beats = ("SweepHeartbeat", "ReconciliationRan", "BufferCareHeartbeat", "SnapshotPublished")
    return [
        _widget("Orders a minute", _own(*(f"Orders{step}" for step in steps), *ends)),
        _widget(
            "Longest over its time for being accepted, s",
            _own("UnacknowledgedOrderSeconds"),
            stat="Maximum",
        ),
        _widget("Heartbeats: none may be missing", _own(*beats)),
    ]


def _money() -> list[Widget]:
    return [
        _widget("Payments that succeed, % by provider", list(_success()), period=300),
        _widget(
            "Money that differs",
            _own("PaymentsMismatched", "ReconciliationDifferences", "InvariantViolations"),
        ),
        _widget("Webhooks late, s (p95)", _own("WebhookLagSeconds"), stat="p95"),
    ]


def _success() -> Iterable[Metric]:
    """Of the payments that ended with a provider, those that were captured."""
    for number, provider in enumerate(plugins.names("providers")):
        share = f"100*c{number}/(FILL(c{number},0)+FILL(f{number},0))"
        yield [{"expression": share, "label": provider, "id": f"p{number}"}]
        for letter, name in (("c", "PaymentsCaptured"), ("f", "PaymentsFailed")):
            hidden = {"id": f"{letter}{number}", "visible": False}
            yield ["Docket", name, *OWN, "provider", provider, hidden]


def _trouble() -> list[Widget]:
    return [
        _widget(
            "The bad day: breaker, orders taken and not taken",
            _own("DatabaseSilent", "BreakerOpened", "OrdersTakenBlind", "OrdersNotBuffered"),
        ),
        _widget("Orders taken that wait", _own("BufferedOrdersWaiting"), stat="Maximum"),
        _widget(
            "Exceptions: opened, repaired, resolved",
            _own("SweepOpened", "CriticalCasesOpened", "SweepRepaired", "SweepResolved"),
        ),
    ]


def _queue_tiles() -> list[Widget]:
    visible = "ApproximateNumberOfMessagesVisible"
    return [
        _widget("Messages waiting", _queues(visible, QUEUES)),
        _widget(
            "Oldest message, s", _queues("ApproximateAgeOfOldestMessage", QUEUES), stat="Maximum"
        ),
        _widget("Dead letters", _queues(visible, LAST_RESORTS)),
    ]


def _callers(labels: Sequence[str]) -> list[Widget]:
    functions = [f"docket-${{Stage}}-{label}" for label in labels]
    return [
        _widget("Requests and errors", _api("Count", "4XXError", "5XXError")),
        _widget("Latency, ms (p99)", _api("Latency", "IntegrationLatency"), stat="p99"),
        _widget("Function errors", _each("AWS/Lambda", "Errors", "FunctionName", functions)),
        _widget("Invocations", _each("AWS/Lambda", "Invocations", "FunctionName", functions)),
        _widget(
            "Duration, ms (p99)",
            _each("AWS/Lambda", "Duration", "FunctionName", functions),
            stat="p99",
        ),
    ]


def _ground() -> list[Widget]:
    tables = [f"docket-${{Stage}}-{table}" for table in TABLES]
    names = ("TransactionConflict", "WriteThrottleEvents", "ReadThrottleEvents")
    metrics = [one for n in names for one in _each("AWS/DynamoDB", n, "TableName", tables)]
    return [_widget("Tables: conflicts and throttles", metrics)]


def _widget(title: str, metrics: list[Metric], *, stat: str = "Sum", period: int = 60) -> Widget:
    return {
        "type": "metric",
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": title,
            "region": "${AWS::Region}",
            "metrics": metrics,
            "stat": stat,
            "period": period,
        },
    }


def _own(*names: str) -> list[Metric]:
    return [["Docket", name, *OWN] for name in names]


def _api(*names: str) -> list[Metric]:
    where = ["ApiName", "docket-${Stage}", "Stage", "api"]
    return [["AWS/ApiGateway", name, *where] for name in names]


def _each(namespace: str, metric: str, dimension: str, values: list[str]) -> list[Metric]:
    return [[namespace, metric, dimension, value] for value in values]


def _queues(metric: str, queues: Iterable[str]) -> list[Metric]:
    return _each("AWS/SQS", metric, "QueueName", [f"docket-${{Stage}}-{one}" for one in queues])
