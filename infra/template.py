"""Finishes the template that Chalice made, and turns it into plain CloudFormation."""

import copy
import json
from typing import Any

import boto3
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from infra.errors import Failed
from infra.functions import finish_functions, serverless_functions
from infra.stage_alarms import stage_alarms
from infra.symptoms import symptom_alarms

ANY_METHOD = "x-amazon-apigateway-any-method"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"
Template = dict[str, Any]

PROBLEMS = {
    "MISSING_AUTHENTICATION_TOKEN": (404, "not_found", "Not found", "Nothing is at this path."),
    "INVALID_SIGNATURE": (404, "not_found", "Not found", "Nothing is at this path."),
    "RESOURCE_NOT_FOUND": (404, "not_found", "Not found", "Nothing is at this path."),
    "REQUEST_TOO_LARGE": (413, "body_too_large", "Body too large", "Send at most 256 kB."),
    "UNSUPPORTED_MEDIA_TYPE": (
        415,
        "unsupported_media_type",
        "Unsupported media type",
        "Send application/json.",
    ),
    "THROTTLED": (429, "too_many_requests", "Too many requests", "Wait a moment, then try again."),
    "QUOTA_EXCEEDED": (
        429,
        "too_many_requests",
        "Too many requests",
        "Wait a moment, then try again.",
    ),
    "INTEGRATION_FAILURE": (503, "unavailable", "Unavailable", "Try again in a few seconds."),
    "INTEGRATION_TIMEOUT": (503, "unavailable", "Unavailable", "Try again in a few seconds."),
    "DEFAULT_4XX": (
        400,
        "malformed_request",
        "Malformed request",
        "The request could not be read.",
    ),
    "DEFAULT_5XX": (503, "unavailable", "Unavailable", "Try again in a few seconds."),
}
RETRY_AFTER_SECONDS = {429: 1, 503: 5}


def finish_template(template: Template, architecture: str | None) -> Template:
    """Give every path each method, every function its due, the gateway problem documents."""
    finished = copy.deepcopy(template)
    finished["Resources"] = {
        logical_id: resource
        for logical_id, resource in finished["Resources"].items()
        if "Type" in resource  # the merge file also speaks of functions that a build may lack
    }
    api = finished["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    for path_item in api["paths"].values():
        path_item[ANY_METHOD] = copy.deepcopy(next(iter(path_item.values())))
    api[GATEWAY_RESPONSES] = {
        response_type: gateway_response(*problem) for response_type, problem in PROBLEMS.items()
    }
    finish_functions(finished, architecture)
    finished["Resources"] |= stage_alarms()
    finished["Resources"] |= symptom_alarms(finished["Resources"])
    return finished


def gateway_response(status: int, code: str, title: str, detail: str) -> Template:
    """What the gateway says by itself, in the shape of RFC 9457."""
    body = {
        "type": f"urn:docket:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": "urn:docket:request:$context.requestId",
        "code": code,
        "request_id": "$context.requestId",
    }
    headers = {
        "gatewayresponse.header.Content-Type": "'application/problem+json'",
        "gatewayresponse.header.X-Request-Id": "context.requestId",
    }
    if status in RETRY_AFTER_SECONDS:
        headers["gatewayresponse.header.Retry-After"] = f"'{RETRY_AFTER_SECONDS[status]}'"
    return {
        "statusCode": status,
        "responseParameters": headers,
        "responseTemplates": {"application/json": json.dumps(body)},
    }


def to_cloudformation(
    sam_template: Template, bucket: str, code_key: str, layer_key: str, region: str
) -> Template:
    """Carry out the SAM transform here, so that what is linted is what is deployed anywhere."""
    template = copy.deepcopy(sam_template)
    for function in serverless_functions(template).values():
        function["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": code_key}
    layer = template["Resources"]["InvoicesLayer"]["Properties"]
    layer["Content"] = {"S3Bucket": bucket, "S3Key": layer_key}
    session = boto3.Session(region_name=region)
    translator = Translator(managed_policy_map={}, sam_parser=Parser(), boto_session=session)
    try:
        plain: Template = translator.translate(template, parameter_values={})
    except InvalidDocumentException as error:
        causes = "\n".join(cause.message for cause in error.causes)
        raise Failed(f"The app stack's template is not valid SAM:\n{causes}") from error
    return plain
