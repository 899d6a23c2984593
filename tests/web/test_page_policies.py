"""What the pages may load besides our own files: Stripe's fields in the shop, with their key."""

import json

import boto3
import pytest

from tests.http import Client


@pytest.fixture
def headers_of(aws):
    boto3.client("secretsmanager").create_secret(
        Name="docket/test/payments/stripe",
        SecretString=json.dumps({"secret_key": "sk_test_1", "publishable_key": "pk_test_1"}),
    )
    with Client() as client:
        yield lambda path: client.send("GET", path, headers={"Accept": "*/*"}).headers


@pytest.mark.parametrize("path", ["/", "/t/sto_noodles/A1"])
def test_the_shop_lets_in_what_stripes_fields_need_and_no_more(headers_of, path):
    headers = headers_of(path)
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    hosts = {
        name: [source for source in sources.split() if "://" in source]
        for name, sources in policy.items()
    }
    own = ["https://js.stripe.com", "https://*.js.stripe.com"]
    assert {name: found for name, found in hosts.items() if found} == {
        "script-src": own,
        "connect-src": ["https://api.stripe.com"],
        "frame-src": [*own, "https://hooks.stripe.com"],
    }
    assert 'payment=(self "https://js.stripe.com")' in headers["permissions-policy"]


@pytest.mark.parametrize("path", ["/ops", "/status", "/docs"])
def test_no_other_page_lets_in_anything(headers_of, path):
    assert "stripe" not in str(headers_of(path))
