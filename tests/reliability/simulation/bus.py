"""The stream, the topic, the queues and what is sent outside, with AWS's own rules of delivery.

A stream rewinds to the lowest failed record and blocks its shard; a queue hides what failed until
its visibility timeout is over and gives it up to the dead letters after five receives. Everything
may come twice, late, and in any order across items.
"""

import json
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs

from chalicelib.domain.receipts import OWED_RECEIPTS
from tests.environment import SETTINGS
from tests.reliability.simulation import clock

SHARDS = 3
STREAM_BATCH = QUEUE_BATCH = 10
STREAM_TRIES_MAX = 10
RECEIVES_MAX = 5
VISIBILITY = timedelta(seconds=180)
NOTIFICATIONS, MERCHANT, INVOICES = "notifications", "merchant-deliveries", "invoices"
ALERTS = "ops-alerts"
_CONSUMERS = {"customer": NOTIFICATIONS, "merchant": MERCHANT, "invoices": INVOICES}
_FILTERS = {_CONSUMERS[consumer]: kinds for consumer, kinds in OWED_RECEIPTS.items()}
ORDERS = SETTINGS["DOCKET_ORDERS_TABLE"]


class Message:
    def __init__(self, message_id: str, body: str, visible_at: datetime) -> None:
        self.message_id = message_id
        self.body = body
        self.visible_at = visible_at
        self.receives = 0


class Bus:
    def __init__(self, seed: int) -> None:
        self.random = Random(f"bus {seed}")
        self.shards: list[list[dict[str, Any]]] = [[] for _ in range(SHARDS)]
        self.queues: dict[str, list[Message]] = {name: [] for name in (*_FILTERS, ALERTS)}
        self.dead: list[Message] = []
        self.dropped = 0
        self.mails: list[tuple[str, str]] = []
        self.losing = 0.0
        self.doubling = 0.0
        self.refusing = 0.0
        self._tries = [0] * SHARDS
        self._numbers = 0

    def written(self, _: str, body: dict[str, Any]) -> None:
        """Each new event of a transaction becomes a record of its own, in no order that counts."""
        puts = [item["Put"] for item in body["TransactItems"] if "Put" in item]
        events = [
            put["Item"] for put in puts
            if put["TableName"] == ORDERS and put["Item"]["SK"]["S"].startswith("event#")
        ]  # fmt: skip
        for item in self.random.sample(events, len(events)):
            if self.random.random() < self.losing:
                self.dropped += 1
                continue
            self.add_record(item)

    def add_record(self, item: dict[str, Any]) -> None:
        keys = {name: item[name] for name in ("PK", "SK")}
        change = {"SequenceNumber": str(self._next()), "Keys": keys, "NewImage": item}
        record = {"eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": change}
        self.random.choice(self.shards).append(record)

    def answered(self, model: Any, request: Any) -> dict[str, Any] | None:
        """AWS's answer to a publication, a message or a mail; None for what is not ours."""
        answers = {
            ("sns", "PublishBatch"): self._publish_batch,
            ("sns", "Publish"): self._text,
            ("sqs", "SendMessage"): self._send_message,
            ("sesv2", "SendEmail"): self._mail,
        }
        answer = answers.get((model.service_model.service_name, model.name))
        return answer(request) if answer else None

    def put(self, queue: str, body: str) -> None:
        delay = self.random.choice((0, 0, 0, 1, 20, 200))
        visible_at = clock.now() + timedelta(seconds=delay)
        self.queues[queue].append(Message(f"msg-{self._next()}", body, visible_at))

    def take_records(self) -> tuple[int, list[dict[str, Any]]]:
        """Some records from the head of a shard; again and again until they are settled."""
        filled = [at for at, shard in enumerate(self.shards) if shard]
        at = self.random.choice(filled)
        size = 1 if self._tries[at] > 4 else self.random.randint(1, STREAM_BATCH)
        return at, self.shards[at][:size]

    def settle_records(self, at: int, batch: list[dict[str, Any]], failed: set[str] | None) -> None:
        """`failed` is None when the whole batch failed."""
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        wrong = set(numbers) if failed is None or not failed <= set(numbers) else failed
        if not wrong:
            if self.random.random() >= self.doubling:
                del self.shards[at][: len(batch)]
            self._tries[at] = 0
            return
        lowest = min(wrong, key=int)
        del self.shards[at][: numbers.index(lowest)]
        self._tries[at] += 1
        if self._tries[at] > STREAM_TRIES_MAX:
            self.dropped += 1
            del self.shards[at][0]
            self._tries[at] = 0

    def visible(self, queue: str) -> list[Message]:
        now = clock.now()
        return [message for message in self.queues[queue] if message.visible_at <= now]

    def take(self, queue: str) -> list[Message]:
        seen = self.visible(queue)
        batch = self.random.sample(seen, min(len(seen), self.random.randint(1, QUEUE_BATCH)))
        for message in batch:
            message.receives += 1
            message.visible_at = clock.now() + VISIBILITY
        return batch

    def settle(self, queue: str, batch: list[Message], failed: set[str] | None) -> None:
        for message in batch:
            if failed is not None and message.message_id not in failed:
                if self.random.random() >= self.doubling:
                    self.queues[queue].remove(message)
            elif message.receives >= RECEIVES_MAX:
                self.queues[queue].remove(message)
                self.dead.append(message)

    def next_visible_at(self) -> datetime | None:
        waiting = [message.visible_at for queue in self.queues.values() for message in queue]
        return min(waiting, default=None)

    def _publish_batch(self, request: Any) -> dict[str, Any]:
        form = _form(request)
        done, failed = [], []
        number = 1
        while (prefix := f"PublishBatchRequestEntries.member.{number}") + ".Id" in form:
            entry = {"Id": form[f"{prefix}.Id"]}
            if self.random.random() < self.refusing:
                failed.append(entry | {"Code": "InternalError", "SenderFault": False})
            else:
                done.append(entry | {"MessageId": "m"})
                self._fan_out(form[f"{prefix}.Message"])
            number += 1
        return {"Successful": done, "Failed": failed}

    def _fan_out(self, message: str) -> None:
        kind = json.loads(message)["type"]
        for queue, wanted in _FILTERS.items():
            for _ in range(1 + (self.random.random() < self.doubling)):
                if kind in wanted:
                    self.put(queue, message)

    def _text(self, request: Any) -> dict[str, Any]:
        form = _form(request)
        self.mails.append((form["PhoneNumber"], form["Message"]))
        return {"MessageId": "text"}

    def _send_message(self, request: Any) -> dict[str, Any]:
        wish = json.loads(request.body)
        self.put(wish["QueueUrl"].rpartition("/")[2], wish["MessageBody"])
        return {"MessageId": "m"}

    def _mail(self, request: Any) -> dict[str, Any]:
        mail = json.loads(request.body)
        headers = {h["Name"]: h["Value"] for h in mail["Content"]["Simple"]["Headers"]}
        to = mail["Destination"]["ToAddresses"][0]
        self.mails.append((to, headers["X-Docket-Message-Id"]))
        return {"MessageId": "mail"}

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers


def _form(request: Any) -> dict[str, str]:
    body = request.body
    if isinstance(body, bytes):
        body = body.decode()
    if isinstance(body, str):
        return {name: values[0] for name, values in parse_qs(body).items()}
    return dict(body)
