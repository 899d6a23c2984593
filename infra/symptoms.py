"""What users notice, each as one composite alarm over the alarms of what can cause it."""

from typing import Any

from infra.alarms import OPS_ALARMS

Template = dict[str, Any]
# By symptom: what it means, and the alarms of either stack that tell of it.
SYMPTOMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "customers-cannot-order": (
        "Customers cannot order, or wait too long.",
        ("api-server-errors", "api-latency", "api-throttles", "orders-table-throttled",
         "orders-refused", "breaker-open", "few-orders", "database-errors"),
    ),
    "orders-not-reaching-stores": (
        "Paid orders do not reach the stores.",
        ("orders-unacknowledged", "merchant-deliveries-age", "relay-failures",
         "relay-order-events-iterator-age", "relay-order-events-last-resort",
         "events-not-published", "events-dropped",
         "orders-buffered", "order-intake-age", "sweep-missed"),
    ),
    "customers-not-told": (
        "Customers do not hear what becomes of their orders.",
        ("mail-bounces", "notifications-age", "notifications-dead-letters",
         "deliver-notifications-errors"),
    ),
    "money-not-recorded": (
        "Money that customers paid may be missing from our books.",
        ("reconciliation-missed", "webhook-signatures", "webhook-lag", "payments-mismatched",
         "reconciliation-differences", "invariant-violations"),
    ),
}  # fmt: skip


def symptom_alarms(known: dict[str, Template]) -> dict[str, Template]:
    """`known` are this stack's resources: a composite is made after those of its parts."""
    return {
        f"{_camel(name)}Symptom": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "DependsOn": [one for one, resource in known.items() if _name(resource) in parts],
            "Properties": {
                "AlarmName": {"Fn::Sub": f"docket-${{Stage}}-{name}"},
                "AlarmDescription": f"{meaning} Runbook: docs/runbooks/{name}.md",
                "AlarmRule": {"Fn::Sub": _rule(parts)},
                "AlarmActions": [OPS_ALARMS],
                "OKActions": [OPS_ALARMS],
            },
        }
        for name, (meaning, parts) in SYMPTOMS.items()
    }


def _rule(parts: tuple[str, ...]) -> str:
    return " OR ".join(f'ALARM("docket-${{Stage}}-{part}")' for part in parts)


def _name(resource: Template) -> str:
    if resource.get("Type") != "AWS::CloudWatch::Alarm":
        return ""
    return str(resource["Properties"]["AlarmName"]["Fn::Sub"]).removeprefix("docket-${Stage}-")


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))
