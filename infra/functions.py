"""What holds for every function alike: its name, log, trace, batch handling and alarms."""

import re
from typing import Any

from infra.alarms import function_alarms
from infra.dashboard import dashboard

Template = dict[str, Any]

BATCHES: dict[str, Template] = {
    "SQS": {"FunctionResponseTypes": ["ReportBatchItemFailures"]},
    "DynamoDB": {
        "StartingPosition": "TRIM_HORIZON",
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 10,
        "MaximumRecordAgeInSeconds": 82800,
        "ParallelizationFactor": 2,
    },
}
LOG_GROUP = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/"
DATA_KEY = {"Fn::ImportValue": {"Fn::Sub": "docket-${Stage}-data-DataKeyArn"}}


def serverless_functions(template: Template) -> dict[str, Template]:
    return {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if resource.get("Type") == "AWS::Serverless::Function"
    }


def finish_functions(template: Template, architecture: str | None) -> None:
    """Give each function its name, its batch handling, its common permissions and its alarms."""
    labels = {logical_id: _label(logical_id) for logical_id in serverless_functions(template)}
    for logical_id, label in labels.items():
        properties = template["Resources"][logical_id]["Properties"]
        events = properties.get("Events", {}).values()
        properties["FunctionName"] = {"Fn::Sub": f"docket-${{Stage}}-{label}"}
        properties["Architectures"] = [architecture or "x86_64"]
        for event in events:
            event["Properties"].update(BATCHES.get(event["Type"], {}))
        role_id = properties["Role"]["Fn::GetAtt"][0]
        policies = template["Resources"][role_id]["Properties"]["Policies"]
        policies.append(_common_policy(label))
        event_types = {event["Type"] for event in events}
        template["Resources"] |= function_alarms(
            logical_id, label, event_types, properties["Timeout"]
        )
    template["Resources"]["Dashboard"] = dashboard(list(labels.values()))


def _label(logical_id: str) -> str:
    """`RelayOrderEvents` as `relay-order-events`; the API's function is simply `api`."""
    if logical_id == "APIHandler":
        return "api"
    return re.sub(r"(?<!^)(?=[A-Z])", "-", logical_id).lower()


def _common_policy(label: str) -> Template:
    log_group = {"Fn::Sub": f"{LOG_GROUP}docket-${{Stage}}-{label}:*"}
    return {
        "PolicyName": "LogTraceAndDecrypt",
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": log_group,
                },
                {
                    "Effect": "Allow",
                    "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
                    "Resource": "*",
                },
                {
                    "Effect": "Allow",
                    "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                    "Resource": DATA_KEY,
                },
            ],
        },
    }
