"""Reads one order in a fresh interpreter, through the whole application or the bare client.

`python -m bench.probe app|floor order_id authorization` prints the CPU milliseconds from the start
of the interpreter to the first answer, and of each further one.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

WARM_UP = 50
READS = 300


class Context:
    aws_request_id = "bench"
    function_name = "api"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:api"


def floor(order_id: str) -> Callable[[], Any]:
    from botocore.session import get_session

    client = get_session().create_client("dynamodb", region_name=os.environ["AWS_REGION"])
    request = {
        "TableName": os.environ["DOCKET_ORDERS_TABLE"],
        "KeyConditionExpression": "PK = :p AND SK < :e",
        "ExpressionAttributeValues": {":p": {"S": order_id}, ":e": {"S": "~"}},
        "ConsistentRead": True,
    }
    return lambda: client.query(**request)["Items"][0]


def application(order_id: str, authorization: str) -> Callable[[], Any]:
    from app import app

    event = {
        "httpMethod": "GET",
        "resource": "/v1/orders/{order_id}",
        "path": f"/v1/orders/{order_id}",
        "pathParameters": {"order_id": order_id},
        "headers": {"Authorization": authorization, "Accept": "application/json"},
        "multiValueHeaders": {},
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {
            "httpMethod": "GET",
            "resourcePath": "/v1/orders/{order_id}",
            "identity": {"sourceIp": "127.0.0.1"},
            "requestId": "bench",
        },
    }

    def read() -> None:
        answer = app(event, Context())
        if answer["statusCode"] != 200:
            raise AssertionError(answer)

    return read


def main(mode: str, order_id: str, authorization: str) -> None:
    read = floor(order_id) if mode == "floor" else application(order_id, authorization)
    read()
    first_ms = time.process_time() * 1000
    for _ in range(WARM_UP):
        read()
    began = time.process_time()
    for _ in range(READS):
        read()
    warm_ms = (time.process_time() - began) * 1000 / READS
    print(json.dumps({"first_ms": first_ms, "warm_ms": warm_ms}), file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
