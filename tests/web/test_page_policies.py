"""What the pages may load besides our own files: Stripe's fields in the shop, with their key."""

import json

import boto3
import pytest

from tests.http import Client

KEYS = {"secret_key": "sk_test_1", "publishable_key": "pk_test_1"}


@pytest.fixture
def give(aws):
    def keep(**more):
        boto3.client("secretsmanager").create_secret(
            Name="docket/test/payments/stripe", SecretString=json.dumps({**KEYS, **more})
        )

    return keep


@pytest.fixture
def headers_of(aws):
    with Client() as client:
        yield lambda path: client.send("GET", path, headers={"Accept": "*/*"}).headers


def hosts_in(headers):
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    hosts = {
        name: [source for source in sources.split() if "://" in source]
        for name, sources in policy.items()
    }
    return {name: found for name, found in hosts.items() if found}


@pytest.mark.parametrize("path", ["/", "/t/sto_noodles/A1"])
def test_the_shop_lets_in_what_stripes_fields_need_and_no_more(give, headers_of, path):
    give()
    headers = headers_of(path)
    own = ["https://js.stripe.com", "https://*.js.stripe.com"]
    assert hosts_in(headers) == {
        "script-src": own,
        "connect-src": ["https://api.stripe.com"],
        "frame-src": [*own, "https://hooks.stripe.com"],
    }
    assert 'payment=(self "https://js.stripe.com")' in headers["permissions-policy"]


def test_where_a_company_stands_in_for_stripe_it_is_let_in_instead(give, headers_of):
    give(script_url="http://127.0.0.1:8000/_local/stripe/stripe.js")
    headers = headers_of("/")
    there = ["http://127.0.0.1:8000"]
    assert hosts_in(headers) == {"script-src": there, "connect-src": there}
    assert "stripe" not in str(headers)


def test_a_shop_without_stripe_lets_in_nobody(headers_of):
    assert hosts_in(headers_of("/")) == {}


@pytest.mark.parametrize("path", ["/ops", "/status", "/docs"])
def test_no_other_page_lets_in_anything(give, headers_of, path):
    give()
    assert "stripe" not in str(headers_of(path))
