"""The relay: every new event is published, and what was not comes again."""

import base64
import json
from pathlib import Path

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.services.relay import BATCH_BYTES_MAX, Outbound, relay

SAMPLE = Path(__file__).parents[2] / "events" / "stream_order_placed.json"


class Topic:
    """A topic that refuses the positions it is told to, or is down."""

    def __init__(self, refuses: set[int] | None = None, down: bool = False) -> None:
        self.refuses = refuses or set()
        self.down = down
        self.batches: list[list[Outbound]] = []

    def __call__(self, batch):
        if self.down:
            raise Unavailable("down")
        self.batches.append(list(batch))
        return self.refuses

    @property
    def published(self) -> list[Outbound]:
        return [item for batch in self.batches for item in batch]


def event_record(number: int, **changes) -> dict:
    sk = changes.pop("sk", f"event#{number:06d}")
    event = {"event_id": f"evt_{number}", "type": "order.placed", "store_id": "sto_1", **changes}
    return {
        "eventName": "INSERT",
        "dynamodb": {
            "SequenceNumber": str(1000 + number),
            "Keys": {"PK": {"S": "ord_1"}, "SK": {"S": sk}},
            "NewImage": {"data": {"S": json.dumps(event)}},
        },
    }


def test_the_sample_of_a_stream_batch_is_published_word_for_word():
    records = json.loads(SAMPLE.read_text())["Records"]
    topic = Topic()
    assert relay(records, topic) == []
    assert [item.routing.type for item in topic.published] == ["order.placed"]
    event = json.loads(topic.published[0].message)
    assert event["event_id"] == topic.published[0].routing.event_id
    assert event == json.loads(records[-1]["dynamodb"]["NewImage"]["data"]["S"])


def test_ten_go_in_one_call_and_the_eleventh_in_the_next():
    topic = Topic()
    relay([event_record(n) for n in range(11)], topic)
    assert [len(batch) for batch in topic.batches] == [10, 1]


def test_large_events_are_split_over_calls_below_the_size_limit():
    topic = Topic()
    relay([event_record(n, note="x" * 100_000) for n in range(5)], topic)
    assert [len(batch) for batch in topic.batches] == [2, 2, 1]
    for batch in topic.batches:
        assert sum(len(item.message) for item in batch) <= BATCH_BYTES_MAX


def test_refused_entries_come_again_by_their_sequence_number():
    assert relay([event_record(n) for n in range(4)], Topic(refuses={1, 3})) == ["1001", "1003"]


def test_a_topic_that_is_down_sends_the_whole_batch_back():
    assert relay([event_record(n) for n in range(3)], Topic(down=True)) == ["1000", "1001", "1002"]


def test_what_is_no_new_event_is_not_published():
    records = [event_record(1, sk="order"), event_record(2) | {"eventName": "MODIFY"}]
    records.append(event_record(3, sk="~receipt#customer#000001"))
    topic = Topic()
    assert relay(records, topic) == []
    assert topic.batches == []


@pytest.mark.parametrize("data", [{"S": "not json"}, {"S": '{"type": "x"}'}, {"B": "//8="}])
def test_an_unreadable_event_is_reported_and_holds_up_no_other(data):
    poison = event_record(2)
    poison["dynamodb"]["NewImage"]["data"] = data
    topic = Topic()
    assert relay([event_record(1), poison, event_record(3)], topic) == ["1002"]
    assert [item.sequence_number for item in topic.published] == ["1001", "1003"]


def test_a_binary_attribute_reads_like_a_string():
    record = event_record(1)
    text = record["dynamodb"]["NewImage"]["data"].pop("S")
    record["dynamodb"]["NewImage"]["data"]["B"] = base64.b64encode(text.encode()).decode()
    topic = Topic()
    relay([record], topic)
    assert topic.published[0].message == text
