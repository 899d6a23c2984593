"""What holds for every function alike: its name, log, trace, batch handling and alarms."""

import re
from typing import Any

Template = dict[str, Any]

STREAM_BATCHES = {
    "StartingPosition": "TRIM_HORIZON",
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 10,
    "MaximumRecordAgeInSeconds": 82800,
    "ParallelizationFactor": 2,
}
QUEUE_BATCHES = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
OPS_ALARMS = {"Fn::ImportValue": {"Fn::Sub": "docket-${Stage}-data-OpsAlarmsTopicArn"}}
DATA_KEY = {"Fn::ImportValue": {"Fn::Sub": "docket-${Stage}-data-DataKeyArn"}}


def serverless_functions(template: Template) -> dict[str, Template]:
    return {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if resource.get("Type") == "AWS::Serverless::Function"
    }


def finish_functions(template: Template, architecture: str | None) -> None:
    """Give each function its name, its batch handling, its common permissions and its alarms."""
    for logical_id, function in serverless_functions(template).items():
        properties = function["Properties"]
        name = {"Fn::Sub": f"docket-${{Stage}}-{_kebab(logical_id)}"}
        properties["FunctionName"] = name
        properties["Architectures"] = [architecture or "x86_64"]
        for event in properties.get("Events", {}).values():
            event["Properties"].update(
                {"DynamoDB": STREAM_BATCHES, "SQS": QUEUE_BATCHES}.get(event["Type"], {})
            )
        role_id = properties["Role"]["Fn::GetAtt"][0]
        template["Resources"][role_id]["Properties"]["Policies"].append(_common_policy(name))
        template["Resources"].update(_alarms(logical_id, properties))


def _kebab(logical_id: str) -> str:
    """`RelayOrderEvents` as `relay-order-events`; the API's function is simply `api`."""
    if logical_id == "APIHandler":
        return "api"
    return re.sub(r"(?<!^)(?=[A-Z])", "-", logical_id).lower()


def _common_policy(name: Template) -> Template:
    log_group = {"Fn::Sub": name["Fn::Sub"].join((LOG_GROUP, ":*"))}
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


LOG_GROUP = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/"


def _alarms(logical_id: str, properties: Template) -> dict[str, Template]:
    kinds = {event["Type"] for event in properties.get("Events", {}).values()}
    label = _kebab(logical_id)
    alarms = {
        f"{logical_id}ErrorsAlarm": _alarm(logical_id, label, "Errors", 0, periods=1),
        f"{logical_id}ThrottlesAlarm": _alarm(logical_id, label, "Throttles", 0, periods=3),
    }
    if "DynamoDB" in kinds:
        alarms[f"{logical_id}IteratorAgeAlarm"] = _alarm(
            logical_id, label, "IteratorAge", 60_000, periods=3, statistic="Maximum"
        )
    return alarms


def _alarm(
    logical_id: str,
    label: str,
    metric: str,
    threshold: int,
    *,
    periods: int,
    statistic: str = "Sum",
) -> Template:
    runbook = f"function-{re.sub(r'(?<!^)(?=[A-Z])', '-', metric).lower()}"
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"docket-${{Stage}}-{label}-{metric.lower()}"},
            "AlarmDescription": f"{metric} of {label}. Runbook: docs/runbooks/{runbook}.md",
            "Namespace": "AWS/Lambda",
            "MetricName": metric,
            "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": logical_id}}],
            "Statistic": statistic,
            "Period": 60,
            "EvaluationPeriods": periods,
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [OPS_ALARMS],
            "OKActions": [OPS_ALARMS],
        },
    }
