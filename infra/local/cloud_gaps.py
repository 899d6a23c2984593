"""What ministack lacks or does unlike AWS, put right from within."""

import hashlib
import json
import os
import threading
import zipfile
from email.utils import parseaddr
from pathlib import Path
from types import SimpleNamespace

from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.services import apigateway_v1, cloudwatch, cognito, lambda_svc, ses_v2, sns
from ministack.services.cloudformation import provisioners

ANY_METHOD = "x-amazon-apigateway-any-method"
BINARY_TYPES = "x-amazon-apigateway-binary-media-types"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"
AUTHORIZED_AS = {
    "sns:PublishBatch": "sns:Publish",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}


def fill_gaps() -> None:
    authorize_batches_as_their_items()
    authorize_mail_by_its_sender()
    trust_the_loopback()
    import_whole_api_documents()
    retry_failed_stream_items()
    wait_less_for_logs()
    share_unpacked_code()
    refuse_wrong_codes()
    deploy_composite_alarms()
    take_alarms_that_learn()
    deploy_mail_configuration()
    return_mail_to_bouncing_addresses()


def deploy_composite_alarms() -> None:
    """CloudWatch there has composite alarms, CloudFormation does not know them."""

    def create(_logical_id, properties, _stack):
        answer = cloudwatch._put_composite_alarm({}, properties, False, True)
        if answer[0] >= 400:
            raise ValueError(answer[2])
        return properties["AlarmName"], {}

    provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::CompositeAlarm"] = {
        "create": create,
        "update": lambda _id, _old, properties, stack: create("", properties, stack),
        "delete": lambda name, _: cloudwatch._composite_alarms.pop(name, None),
    }


def take_alarms_that_learn() -> None:
    """Metric math is unknown there: an alarm over it stands on a metric that nobody tells."""
    record = provisioners._cw_metric_alarm_record

    def metric_alarm_record(name, properties):
        if properties.get("Metrics"):
            silent = {"Namespace": "MetricMath", "MetricName": name, "Threshold": 0,
                      "ComparisonOperator": "GreaterThanThreshold"}  # fmt: skip
            kept = {key: value for key, value in properties.items() if key != "Metrics"}
            properties = {**kept, **silent}
        return record(name, properties)

    provisioners._cw_metric_alarm_record = metric_alarm_record


def deploy_mail_configuration() -> None:
    """SES there has configuration sets and their destinations, CloudFormation knows neither."""

    def create_set(_logical_id, properties, _stack):
        ses_v2._create_config_set(properties["Name"], {})
        return properties["Name"], {}

    def create_destination(_logical_id, properties, _stack):
        wanted = properties["EventDestination"]
        definition = {
            "Enabled": wanted["Enabled"],
            "MatchingEventTypes": [kind.upper() for kind in wanted["MatchingEventTypes"]],
            "SnsDestination": {"TopicArn": wanted["SnsDestination"]["TopicARN"]},
        }
        name = properties["ConfigurationSetName"]
        known = ses_v2._config_sets[name].get("EventDestinations") or {}
        answer = ses_v2._put_event_destination(
            name, wanted["Name"], definition, create=wanted["Name"] not in known
        )
        if answer is not None and answer[0] >= 400:
            raise ValueError(answer[2])
        return wanted["Name"], {}

    for kind, create in (("", create_set), ("EventDestination", create_destination)):
        provisioners._RESOURCE_HANDLERS[f"AWS::SES::ConfigurationSet{kind}"] = {
            "create": create,
            "update": lambda _id, _old, properties, stack, make=create: make("", properties, stack),
            "delete": lambda *_: None,
        }


def return_mail_to_bouncing_addresses() -> None:
    """Like SES's simulator: `…@bounce.example` bounces, `…@complaint.example` complains."""
    handle = ses_v2.handle_request

    async def handle_request(method, path, headers, body, query_params):
        answer = await handle(method, path, headers, body, query_params)
        if path.endswith("/outbound-emails") and answer[0] < 300:
            mail = json.loads(body)
            for address in mail["Destination"].get("ToAddresses", ()):
                feedback = feedback_about(mail, address)
                for topic in feedback_topics(mail) if feedback else ():
                    sns.publish_internal(topic, json.dumps(feedback))
        return answer

    ses_v2.handle_request = handle_request


def feedback_topics(mail) -> list[str]:
    known = ses_v2._config_sets.get(mail.get("ConfigurationSetName", "")) or {}
    destinations = (known.get("EventDestinations") or {}).values()
    return [one["SnsDestination"]["TopicArn"] for one in destinations if "SnsDestination" in one]


def feedback_about(mail, address) -> dict | None:
    tags = {tag["Name"]: [tag["Value"]] for tag in mail.get("EmailTags", ())}
    about = {"mail": {"destination": [address], "tags": tags}}
    recipient = {"emailAddress": address, "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
    if address.endswith("@bounce.example"):
        bounce = {"bounceType": "Permanent", "bouncedRecipients": [recipient]}
        return about | {"eventType": "Bounce", "bounce": bounce}
    if address.endswith("@complaint.example"):
        complaint = {"complainedRecipients": [{"emailAddress": address}]}
        return about | {"eventType": "Complaint", "complaint": complaint}
    return None


def authorize_batches_as_their_items() -> None:
    """IAM knows no actions for batches: who may publish may publish a batch."""
    extract = iam_actions.extract_iam_action

    def extract_iam_action(*request):
        action = extract(*request)
        return AUTHORIZED_AS.get(action, action)

    iam_actions.extract_iam_action = extract_iam_action


def authorize_mail_by_its_sender() -> None:
    """The resource of a mail is the identity that sends it."""
    name_resource = iam_actions._ses_v2_resource_arn

    def ses_resource_arn(method, path, body, region, account):
        if not path.endswith("/outbound-emails"):
            return name_resource(method, path, body, region, account)
        sender = parseaddr(json.loads(body).get("FromEmailAddress", ""))[1]
        return f"arn:aws:ses:{region}:{account}:identity/{sender}"

    iam_actions._ses_v2_resource_arn = ses_resource_arn


def trust_the_loopback() -> None:
    """A bucket that is open over TLS alone is open here too: nothing leaves the machine."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_condition_key(key, ctx):
        return "true" if key.lower() == "aws:securetransport" else resolve(key, ctx)

    iam_evaluator._resolve_condition_key = resolve_condition_key


def import_whole_api_documents() -> None:
    """API Gateway's extensions for any method, for gateway responses and for types of bytes."""
    import_api, import_path = apigateway_v1._import_rest_api, apigateway_v1._import_path_item
    apigateway_v1._OPENAPI_HTTP_METHODS.add("any")

    def import_rest_api(spec, base_data=None):
        data = dict(base_data or {})
        data["binaryMediaTypes"] = data.get("binaryMediaTypes") or spec.get(BINARY_TYPES) or []
        api_id = import_api(spec, data)
        for response_type, response in (spec.get(GATEWAY_RESPONSES) or {}).items():
            apigateway_v1._put_gateway_response(api_id, response_type, response)
        return api_id

    def import_path_item(api_id, path, path_item, *rest):
        renamed = {("any" if key == ANY_METHOD else key): item for key, item in path_item.items()}
        import_path(api_id, path, renamed, *rest)

    apigateway_v1._import_rest_api = import_rest_api
    apigateway_v1._import_path_item = import_path_item


def refuse_wrong_codes() -> None:
    """Codes and access tokens are checked; ministack does so only where it enforces IAM too."""
    run = cognito._run_idp_handler

    def run_idp_handler(handler, action, data):
        if action in cognito._UNSIGNED_IDP_ACTIONS:
            cognito._pin_unsigned_idp_scope(data)
        error = cognito._access_token_error(data) or cognito._confirmation_code_error(action, data)
        return error or run(handler, action, data)

    cognito._run_idp_handler = run_idp_handler


def retry_failed_stream_items() -> None:
    """A stream batch answered with failed items is delivered again, as a failed one is."""
    execute = lambda_svc._execute_function

    def execute_function(func, event):
        result = execute(func, event)
        if from_stream(event) and not result.get("error") and failed_items(result.get("body")):
            body = {"errorType": "PartialFailure", "errorMessage": "batch item failures"}
            return {**result, "error": True, "body": body}
        return result

    lambda_svc._execute_function = execute_function


def from_stream(event) -> bool:
    records = event.get("Records") if isinstance(event, dict) else None
    return bool(records) and records[0].get("eventSource") == "aws:dynamodb"


def failed_items(body) -> list:
    answer = json.loads(body) if isinstance(body, str | bytes) and body else body
    return (answer.get("batchItemFailures") or []) if isinstance(answer, dict) else []


def wait_less_for_logs() -> None:
    """A function's answer need not wait for log lines that come late: they go with its next one."""
    worker = lambda_runtime.Worker
    drain = worker._drain_stderr_bounded
    worker._drain_stderr_bounded = lambda self, **_: drain(self, 0.003, 0.001, 0.02)


def share_unpacked_code() -> None:
    """Unpack each zip once for all instances of all functions: on AWS too it is read-only."""
    lambda_runtime.zipfile = SimpleNamespace(ZipFile=SharedZip, BadZipFile=zipfile.BadZipFile)


class SharedZip(zipfile.ZipFile):
    unpacking = threading.Lock()

    def extractall(self, path) -> None:
        code = Path(self.filename).read_bytes()
        shared = Path(os.environ["TMPDIR"], "code", hashlib.sha256(code).hexdigest()[:24])
        with self.unpacking:
            if not shared.exists():
                part = shared.with_suffix(".part")
                super().extractall(part)
                part.rename(shared)
        Path(self.filename).unlink()
        Path(path).rmdir()
        Path(path).symlink_to(shared)
