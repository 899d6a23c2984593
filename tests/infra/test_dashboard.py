"""The dashboard shows only what is told, of things that are there."""

import json

import pytest

from chalicelib import plugins
from chalicelib.services import pulse
from infra.paths import ROOT
from infra.symptoms import SYMPTOMS
from tests.infra.test_alarm_templates import is_emitted

OWN = {"service": "docket", "stage": "${Stage}"}
NAMED_BY = {
    "AWS/SQS": "QueueName",
    "AWS/Lambda": "FunctionName",
    "AWS/DynamoDB": "TableName",
}
KINDS = {"QueueName": "AWS::SQS::Queue", "FunctionName": "AWS::Lambda::Function",
         "TableName": "AWS::DynamoDB::Table"}  # fmt: skip


@pytest.fixture(scope="module")
def widgets(of_type):
    (board,) = of_type("AWS::CloudWatch::Dashboard").values()
    return json.loads(board["DashboardBody"]["Fn::Sub"])["widgets"]


def metrics_of(widgets):
    """Namespace, name and dimensions of every metric shown or reckoned with."""
    for widget in widgets:
        for row in widget["properties"].get("metrics", []):
            words = [word for word in row if isinstance(word, str)]
            if words:
                namespace, name, *pairs = words
                yield namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True))


def test_every_metric_is_told_by_somebody_with_these_dimensions(widgets, of_type):
    there = {
        dimension: {about[dimension]["Fn::Sub"] for about in of_type(kind).values()}
        for dimension, kind in KINDS.items()
    }
    for namespace, name, dimensions in metrics_of(widgets):
        assert is_emitted(namespace, name), name
        if namespace == "Docket":
            assert own_dimensions(name, dimensions), name
        elif namespace == "AWS/ApiGateway":
            assert dimensions == {"ApiName": "docket-${Stage}", "Stage": "api"}
        else:
            dimension = NAMED_BY[namespace]
            assert set(dimensions) == {dimension}
            assert dimensions[dimension] in there[dimension], dimensions


def own_dimensions(name, dimensions):
    provider = dimensions.pop("provider", None)
    by_provider = {counted for kind, counted in pulse.COUNTED.items() if kind.startswith("payment")}
    known = provider is None or (provider in plugins.names("providers") and name in by_provider)
    return known and dimensions == OWN


def test_the_flow_of_orders_every_queue_and_every_dead_letter_are_on_it(widgets, of_type):
    shown = list(metrics_of(widgets))
    told = {name for _, name, _ in shown}
    assert {"OrdersPlaced", "OrdersConfirmed", "OrdersAccepted", "SweepHeartbeat"} <= told
    assert {"UnacknowledgedOrderSeconds", "BreakerOpened", "Latency", "5XXError"} <= told
    queues = {about["QueueName"]["Fn::Sub"] for about in of_type("AWS::SQS::Queue").values()}
    assert {d["QueueName"] for space, _, d in shown if space == "AWS/SQS"} == queues
    providers = {d["provider"] for _, _, d in shown if "provider" in d}
    assert providers == set(plugins.names("providers"))


def test_it_leads_to_each_symptom_and_its_runbook(widgets):
    (guide,) = [one["properties"]["markdown"] for one in widgets if one["type"] == "text"]
    (alarms,) = [one["properties"]["alarms"] for one in widgets if one["type"] == "alarm"]
    for name in SYMPTOMS:
        assert f"alarm/docket-${{Stage}}-{name})" in guide
        assert f"`docs/runbooks/{name}.md`" in guide
        assert (ROOT / "docs" / "runbooks" / f"{name}.md").exists()
        assert any(arn.endswith(f":docket-${{Stage}}-{name}") for arn in alarms)


def test_no_tile_covers_another(widgets):
    taken = set()
    for one in widgets:
        cells = {
            (x, y)
            for x in range(one["x"], one["x"] + one["width"])
            for y in range(one["y"], one["y"] + one["height"])
        }
        assert not cells & taken, one["properties"].get("title")
        assert one["x"] + one["width"] <= 24
        taken |= cells
