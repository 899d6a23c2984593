"""The OpenAPI document as a client fetches it."""

from openapi_spec_validator import validate

from chalicelib.api.blueprint import ENDPOINTS
from tests.http import Client


def test_the_document_is_valid_and_tells_of_every_route():
    with Client() as client:
        answer = client.send("GET", "/v1/openapi.json")

    assert answer.status == 200
    validate(answer.json)
    told = {
        (method.upper(), path) for path, item in answer.json["paths"].items() for method in item
    }
    assert told == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


def test_every_payment_company_is_named_whether_set_up_here_or_not(client):
    document = client.send("GET", "/v1/openapi.json").json
    companies = ["alipay", "paypal", "sandbox", "stripe", "wechat_pay"]
    schemas = document["components"]["schemas"]
    for schema in ("PaymentRequest", "PaymentView", "PaymentWayView"):
        assert schemas[schema]["properties"]["provider"]["enum"] == sorted([*companies, "on_site"])
    (named,) = [
        parameter["schema"]["enum"]
        for parameter in document["paths"]["/v1/webhooks/payments/{provider}"]["post"]["parameters"]
        if parameter["name"] == "provider"
    ]
    assert named == companies


def test_a_sign_in_is_told_to_end_in_tokens_or_a_challenge():
    with Client() as client:
        paths = client.send("GET", "/v1/openapi.json").json["paths"]
    answer = paths["/v1/auth/sign-in"]["post"]["responses"]["200"]
    schemas = answer["content"]["application/json"]["schema"]["oneOf"]
    assert [schema["$ref"].rpartition("/")[2] for schema in schemas] == ["Tokens", "Challenge"]
