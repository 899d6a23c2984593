"""What comes by itself, such as an invoice, spoils no decision that was made before it came."""

from datetime import UTC, datetime

import msgspec
import pytest

from chalicelib.domain import orders
from chalicelib.domain.orders import Actor, Change
from chalicelib.services import orders as ordering
from chalicelib.store import orders as table
from tests.factories import MARKET, order_body
from tests.http import GUEST_KEY
from tests.tokens import bearer

STAFF = bearer("staff-cleo", "clerk", f"store:{MARKET}")


@pytest.fixture
def confirmed(client):
    """An order that waits for staff."""
    order = client.send("POST", "/v1/orders", order_body(), key=f"{GUEST_KEY}seen").json
    note(order["order_id"], "order.confirmed", status="confirmed", confirmed_at=datetime.now(UTC))
    return order["order_id"]


def note(order_id, *kinds, **changes):
    """Write facts into the order's log, as their services do; the version before them."""
    before = table.load_order(order_id)
    now = datetime.now(UTC)
    facts = tuple((kind, {"kind": "invoice"}) for kind in kinds)
    changed = msgspec.structs.replace(before, **changes)
    after, events = orders.happened(changed, facts, Actor("system", "system:test"), now)
    ordering.save(Change(before=before, order=after, events=events), now)
    return before.version


def accept(client, order_id, version):
    path = f"/v1/ops/orders/{order_id}/accept"
    match = {"If-Match": f'"{version}"'}
    return client.send("POST", path, {}, authorization=STAFF, headers=match)


def test_an_order_is_accepted_by_who_saw_it_before_its_invoice_came(client, confirmed):
    seen = note(confirmed, "invoice.issued")
    note(confirmed, "exception.opened", "exception.resolved")

    accepted = accept(client, confirmed, seen)

    assert (accepted.status, accepted.json["status"]) == (200, "accepted")


def test_who_saw_less_than_the_order_is_by_now_looks_again(client, confirmed):
    seen = note(confirmed, "order.promise_moved")
    note(confirmed, "invoice.issued")

    refused = accept(client, confirmed, seen)

    assert (refused.status, refused.code) == (412, "version_mismatch")
    assert accept(client, confirmed, seen + 1).status == 200


def test_the_promised_time_is_moved_only_by_who_says_what_was_seen(client, confirmed):
    path, body = f"/v1/ops/orders/{confirmed}/promise", {"promised_at": "2030-01-01T12:00:00Z"}

    refused = client.send("PATCH", path, body, authorization=STAFF)
    assert (refused.status, refused.code) == (428, "if_match_required")
    moved = client.send("PATCH", path, body, authorization=STAFF, headers={"If-Match": "*"})
    assert (moved.status, moved.json["promised_at"]) == (200, "2030-01-01T12:00:00Z")
