"""The running stage as a whole, before any story is told on it."""

import json
import urllib.error
import urllib.request

import pytest


def fetch(url, method="GET", **headers):
    request = urllib.request.Request(url, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_a_started_stage_takes_orders(stack):
    status, _, body = fetch(f"{stack.url}/v1/health")

    assert (status, json.loads(body)) == (200, {"status": "ok"})


def test_the_demo_shop_has_at_least_ten_plain_products_in_stock_in_each_store(stack):
    _, _, stores = fetch(f"{stack.url}/v1/stores")

    for store in json.loads(stores)["items"]:
        _, _, body = fetch(f"{stack.url}/v1/products?store_id={store['store_id']}&limit=100")
        plain = [
            product
            for product in json.loads(body)["items"]
            if not product["options"] and not product["bundle_of"] and product["available"] >= 100
        ]
        assert len(plain) >= 10


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("/v1/nothing-here", "GET", 404, "not_found"),
        ("/v1/health", "DELETE", 405, "method_not_allowed"),
        ("/v1/orders/none/at/all", "POST", 404, "not_found"),
    ],
)
def test_what_no_route_serves_is_a_problem_document(stack, path, method, status, code):
    answered, headers, body = fetch(f"{stack.url}{path}", method)

    problem = json.loads(body)
    assert answered == status == problem["status"]
    assert problem["code"] == code
    assert headers["Content-Type"].startswith("application/problem+json")
    assert headers["X-Request-Id"] == problem["request_id"]


def test_every_demo_account_can_sign_in(stack):
    from infra.local.accounts import SIGN_IN_WITH, demo_accounts

    for address in demo_accounts():
        request = urllib.request.Request(
            f"{stack.url}/v1/auth/sign-in",
            data=json.dumps({"email": address, "password": SIGN_IN_WITH}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert json.loads(answer.read())["access_token"]


def test_the_functions_policies_are_in_force_locally_too(stack):
    _, _, body = fetch(f"{stack.aws_endpoint}/_ministack/health")

    assert json.loads(body)["auth"] == "enabled"
