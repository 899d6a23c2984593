"""The alarms over what all stands on: concurrency, tables, and the way that alarms take."""

from infra.alarms import Template, alarm, named

# An account has 1,000 at once unless it asked for more.
CONCURRENT_MAX = 800
SYSTEM_ERRORS_A_MINUTE_MAX = 4
THROTTLED_A_MINUTE_MAX = 10
TABLES = ("orders", "catalogue", "stock", "customers", "operations")
# Writes of the others are watched where those tables are made (data.yaml).
WRITTEN_RARELY = ("catalogue", "customers")


def ground_alarms() -> dict[str, Template]:
    return _for_tables() | {
        "ConcurrencyAlarm": alarm(
            "concurrency",
            "The account's functions use four fifths of what may run at once.",
            runbook="function-throttles",
            Namespace="AWS/Lambda",
            MetricName="ConcurrentExecutions",
            Statistic="Maximum",
            Threshold=CONCURRENT_MAX,
        ),
        "AlarmsNotDeliveredAlarm": alarm(
            "alarms-not-delivered",
            "An alarm did not reach the queue of alerts.",
            runbook="alarms-not-delivered",
            Namespace="AWS/SNS",
            MetricName="NumberOfNotificationsFailed",
            Dimensions=named("TopicName", "ops-alarms"),
        ),
        "DatabaseErrorsAlarm": alarm(
            "database-errors",
            "DynamoDB fails writes of orders, five or more a minute.",
            runbook="database-errors",
            Namespace="AWS/DynamoDB",
            MetricName="SystemErrors",
            Dimensions=[
                *named("TableName", "orders"),
                {"Name": "Operation", "Value": "TransactWriteItems"},
            ],
            Threshold=SYSTEM_ERRORS_A_MINUTE_MAX,
        ),
    }


def _for_tables() -> dict[str, Template]:
    reads = {
        f"{table.capitalize()}ReadsThrottledAlarm": _throttled(
            f"{table}-reads-throttled", f"Reads of the {table} table", "Read", table
        )
        for table in TABLES
    }
    writes = {
        f"{table.capitalize()}ThrottledAlarm": _throttled(
            f"{table}-table-throttled", f"Writes to the {table} table", "Write", table
        )
        for table in WRITTEN_RARELY
    }
    return reads | writes


def _throttled(name: str, what: str, kind: str, table: str) -> Template:
    return alarm(
        name,
        f"{what} are throttled.",
        runbook="table-throttled",
        Namespace="AWS/DynamoDB",
        MetricName=f"{kind}ThrottleEvents",
        Dimensions=named("TableName", table),
        EvaluationPeriods=5,
        Threshold=THROTTLED_A_MINUTE_MAX,
    )
