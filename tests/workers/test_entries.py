"""Each event function as Lambda starts it: by its handler string, in a fresh interpreter."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from chalicelib.config import Settings

ROOT = Path(__file__).parents[2]

START = """
import json, sys
from moto import mock_aws

module, name, sample = sys.argv[1:]
with mock_aws():
    import importlib
    import boto3
    boto3.client("sns", region_name="us-east-1").create_topic(Name="order-events")
    handler = getattr(importlib.import_module(module), name)
    context = type("Context", (), {"aws_request_id": "req-1"})()
    answer = handler(json.load(open(sample)), context)
assert "app" not in sys.modules
print("ANSWER " + json.dumps(answer))
"""


def environment() -> dict[str, str]:
    """A value for each required setting, and credentials that are none."""
    fields = (f for f in msgspec.structs.fields(Settings) if f.required)
    values = {f"DOCKET_{f.name.upper()}": f"test-{f.name}" for f in fields}
    values["DOCKET_REGION"] = "us-east-1"
    values["DOCKET_ORDER_EVENTS_TOPIC_ARN"] = "arn:aws:sns:us-east-1:123456789012:order-events"
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return {**os.environ, **values, **dict.fromkeys(keys, "testing"), "PYTHONPATH": str(ROOT)}


def run(module: str, name: str, sample: str) -> tuple[dict, list[dict]]:
    """What the function answered and the JSON lines it wrote."""
    done = subprocess.run(
        [sys.executable, "-c", START, module, name, str(ROOT / "events" / sample)],
        capture_output=True, text=True, timeout=60, check=False, env=environment(), cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *lines, answer = done.stdout.strip().splitlines()
    return json.loads(answer.removeprefix("ANSWER ")), [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("module", "name", "sample"),
    [("chalicelib.workers.relay", "relay_order_events", "stream_order_placed.json")],
)
def test_a_function_starts_without_the_application_and_logs_its_invocation(module, name, sample):
    answer, lines = run(module, name, sample)
    assert answer == {"batchItemFailures": []}
    done = [line for line in lines if line.get("message") == "done"]
    assert [line["function"] for line in done] == [name]
    assert done[0]["records"] == 1
    assert any("_aws" in line for line in lines)
