"""The drilled stage from below: its functions behind the proxy, its queues, its processes."""

import json
import os
import signal
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from infra.drills.people import Lost
from infra.drills.proxy import Proxy
from infra.local.cloud import client
from infra.local.control import Running
from infra.local.local_stage import STAGE, STANDBY_REGION
from infra.local.stack import Stack

# A message that failed is back after this, so that five receives fit into a drill.
VISIBILITY_SECONDS = 20
QUEUES = ("notifications", "merchant-deliveries", "invoices", "order-intake")


class Stage:
    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.url = stack.url
        self.proxy = Proxy(stack.aws_endpoint)
        self._dice = Random(11)

    def client(self, service: str) -> Any:
        return self._stack.client(service)

    def stand_between(self) -> None:
        """Every function speaks to AWS through the proxy from now on."""
        functions = self.client("lambda")
        for page in functions.get_paginator("list_functions").paginate():
            for function in page["Functions"]:
                known = function["Environment"]["Variables"]
                functions.update_function_configuration(
                    FunctionName=function["FunctionName"],
                    Environment={"Variables": known | {"AWS_ENDPOINT_URL": self.proxy.url}},
                )

    def hurry_queues(self) -> None:
        for name in QUEUES:
            self.client("sqs").set_queue_attributes(
                QueueUrl=self.queue_url(name),
                Attributes={"VisibilityTimeout": str(VISIBILITY_SECONDS)},
            )

    def queue_url(self, name: str) -> str:
        found: str = self.client("sqs").get_queue_url(QueueName=f"docket-{STAGE}-{name}")[
            "QueueUrl"
        ]
        return found

    def put_poison(self, queue: str, text: str) -> None:
        self.client("sqs").send_message(QueueUrl=self.queue_url(queue), MessageBody=text)

    def put_aside(self, queue: str, poison: set[str]) -> set[str]:
        """What an operator finds there that is poison; the rest stays for the sweep."""
        sqs, url = self.client("sqs"), self.queue_url(f"{queue}-dlq")
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            handle = message["ReceiptHandle"]
            if message["Body"] in poison:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
            else:
                sqs.change_message_visibility(
                    QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0
                )
        return poison & {message["Body"] for message in found}

    def orders_on_standby(self) -> int:
        """How many wait in the other region's queue."""
        sqs = client("sqs", self._stack.aws_endpoint, STANDBY_REGION)
        url = sqs.get_queue_url(QueueName=f"docket-{STAGE}-standby-intake")["QueueUrl"]
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(number) for number in found.values())

    def counted(self, function: str, metric: str, since: datetime) -> int:
        """How often a function said so in its log since then."""
        pages = (
            self.client("logs")
            .get_paginator("filter_log_events")
            .paginate(
                logGroupName=f"/aws/lambda/docket-{STAGE}-{function}",
                startTime=int(since.timestamp() * 1000),
            )
        )
        lines = (event["message"] for page in pages for event in page["events"])
        return sum(metric in line and "CloudWatchMetrics" in line for line in lines)

    def kill_a_function(self) -> bool:
        """End one function's process at once, in the middle of whatever it does."""
        running = Running.load(self._stack.data_dir)
        if running is None:
            raise Lost("The stage is gone.")
        workers = [pid for pid in descendants(running.pid) if is_worker(pid)]
        if not workers:
            return False
        os.kill(self._dice.choice(sorted(workers)), signal.SIGKILL)
        return True

    def violations(self) -> list[str]:
        """The books, by the function that checks them each night."""
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}, "id": "v",
                 "version": "0", "account": "", "time": "2026-01-01T00:00:00Z", "region": "",
                 "resources": []}  # fmt: skip
        answer = self.client("lambda").invoke(
            FunctionName=f"docket-{STAGE}-verify-books", Payload=json.dumps(event).encode()
        )
        found = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            return [f"the books could not be checked: {found}"]
        return [
            f"{one['invariant']} of {one['subject']}: {one['detail']}"
            for one in found["violations"]
        ]


def descendants(root: int) -> set[int]:
    parents = {pid: parent for pid in _pids() if (parent := _parent(pid)) is not None}
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {root}


def is_worker(pid: int) -> bool:
    """A function's process: started by the local AWS, and not that one's own snapshot."""
    parent = _parent(pid)
    host = "cloud_host.py"
    return parent is not None and host in _command(parent) and host not in _command(pid)


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _parent(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return int(status.rpartition(")")[2].split()[1])


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
