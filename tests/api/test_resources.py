"""Resources imported by need answer just what they answer when all are imported at once."""

import json
import os
import subprocess
import sys

import pytest
from chalice import Chalice

import app
from chalicelib.api.resources import Resources, RoutesByNeed

SHOWN = """
import json, sys
import app
app.app.routes["/v1/orders/{order_id}"]
print(json.dumps(sorted(name for name in sys.modules if name.startswith("chalicelib"))))
"""


@pytest.mark.parametrize("path", sorted(app.app.routes))
def test_every_path_leads_to_the_resource_that_answers_it(path):
    answering = {entry.view_function.__module__ for entry in app.app.routes[path].values()}

    nearest = Resources(app.app, app.RESOURCES).nearest(path)
    assert {f"chalicelib.{nearest.module}"} == answering


def test_a_function_imports_no_more_than_the_path_needs():
    environment = os.environ | {"AWS_LAMBDA_FUNCTION_NAME": "docket-test-api"}
    done = subprocess.run(
        [sys.executable, "-c", SHOWN], env=environment, capture_output=True, check=True, timeout=60
    )
    imported = set(json.loads(done.stdout))

    assert {"chalicelib.api.orders", "chalicelib.services.orders"} <= imported
    assert not imported & {
        "chalicelib.api.ops_orders", "chalicelib.services.sweep", "chalicelib.workers.sweep",
        "chalicelib.api.auth", "chalicelib.web.pages", "chalicelib.domain.search",
    }  # fmt: skip


def test_a_path_of_nobody_has_no_methods():
    routes = RoutesByNeed(Resources(Chalice("fresh"), app.RESOURCES))

    assert routes["/v1/nobody"] == {}
    assert routes["/v1/ordersandmore"] == {}
