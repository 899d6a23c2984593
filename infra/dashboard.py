"""The stage's dashboard: what callers see, what functions do, what waits in queues."""

import json
from typing import Any

QUEUES = ("notifications", "merchant-deliveries", "invoices", "ops-alerts")
TABLES = ("orders", "stock", "operations")
WIDTH, HEIGHT, COLUMNS = 8, 6, 3
Metric = list[Any]


def dashboard(labels: list[str]) -> dict[str, Any]:
    """Over the functions with these labels."""
    functions = [f"docket-${{Stage}}-{label}" for label in labels]
    widgets = [
        _widget("Requests and errors", _api("Count", "4XXError", "5XXError")),
        _widget("Latency, ms (p99)", _api("Latency", "IntegrationLatency"), stat="p99"),
        _widget("Function errors", _each("AWS/Lambda", "Errors", "FunctionName", functions)),
        _widget("Invocations", _each("AWS/Lambda", "Invocations", "FunctionName", functions)),
        _widget(
            "Duration, ms (p99)",
            _each("AWS/Lambda", "Duration", "FunctionName", functions),
            stat="p99",
        ),
        _widget("Messages waiting", _queues("ApproximateNumberOfMessagesVisible")),
        _widget("Oldest message, s", _queues("ApproximateAgeOfOldestMessage"), stat="Maximum"),
        _widget("Dead letters", _queues("ApproximateNumberOfMessagesVisible", "-dlq")),
        _widget("Stock conflicts and throttles", _conflicts()),
    ]
    for index, widget in enumerate(widgets):
        widget |= {"x": index % COLUMNS * WIDTH, "y": index // COLUMNS * HEIGHT}
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {
            "DashboardName": {"Fn::Sub": "docket-${Stage}"},
            "DashboardBody": {"Fn::Sub": json.dumps({"widgets": widgets})},
        },
    }


def _widget(title: str, metrics: list[Metric], *, stat: str = "Sum") -> dict[str, Any]:
    return {
        "type": "metric",
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": title,
            "region": "${AWS::Region}",
            "metrics": metrics,
            "stat": stat,
            "period": 60,
        },
    }


def _api(*names: str) -> list[Metric]:
    where = ["ApiName", "docket-${Stage}", "Stage", "api"]
    return [["AWS/ApiGateway", name, *where] for name in names]


def _each(namespace: str, metric: str, dimension: str, values: list[str]) -> list[Metric]:
    return [[namespace, metric, dimension, value] for value in values]


def _queues(metric: str, suffix: str = "") -> list[Metric]:
    names = [f"docket-${{Stage}}-{queue}{suffix}" for queue in QUEUES]
    return _each("AWS/SQS", metric, "QueueName", names)


def _conflicts() -> list[Metric]:
    tables = [f"docket-${{Stage}}-{table}" for table in TABLES]
    return [
        *_each("AWS/DynamoDB", "TransactionConflict", "TableName", tables),
        *_each("AWS/DynamoDB", "WriteThrottleEvents", "TableName", tables),
    ]
