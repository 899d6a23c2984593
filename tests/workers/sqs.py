"""Batches as SQS hands them to a function, made from the sample in `events/`."""

import json
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.domain.orders import OrderEvent

SAMPLE = Path(__file__).parents[2] / "events" / "sqs_notification_order_placed.json"


def batch_of(*bodies: OrderEvent | str) -> dict[str, Any]:
    """One record a body; its message id is `m0`, `m1` and so on."""
    (record,) = json.loads(SAMPLE.read_text())["Records"]
    texts = [
        body if isinstance(body, str) else msgspec.json.encode(body).decode() for body in bodies
    ]
    return {
        "Records": [{**record, "messageId": f"m{i}", "body": text} for i, text in enumerate(texts)]
    }


class Context:
    aws_request_id = "req-1"
