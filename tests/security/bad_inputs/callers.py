"""Requests that ask for what is not the caller's, or is not the moment's (cases 46 to 108)."""

from typing import Any

from tests.factories import MARKET, NOODLES
from tests.http import Answer, Client
from tests.security.bad_inputs.asking import (
    Bad,
    asked,
    customer,
    order,
    placed,
    staff,
    to_an_order,
)

_MALFORMED = "malformed_request"
_INVALID = "invalid_input"
_INERT = {
    "braces": "{{7*7}}", "percent": "%s%n", "jndi": "${jndi:ldap://x}",
    "html": "<script>alert(1)</script>", "formula": '=HYPERLINK("x")',
}  # fmt: skip
_HOOK = "/v1/ops/stores/{}/webhooks"
_PRIVILEGED = {
    "status": "confirmed", "payment_status": "paid", "paid": True, "tenant_id": "x", "version": 9,
    "owner": "cus-bob", "customer_id": "cus-bob", "order_id": "ord_x", "__class__": "Order",
}  # fmt: skip


def _endpoint(url: str, store_id: str = MARKET) -> Any:
    return asked("PUT", _HOOK.format(store_id), {"url": url}, authorization=staff())


def _tampered(client: Client) -> Answer:
    for _ in range(2):
        placed(client)
    page = client.send("GET", "/v1/orders?limit=1", authorization=customer()).json
    cursor = page["next_cursor"]
    bad = ("A" if cursor[9] != "A" else "B").join((cursor[:9], cursor[10:]))
    return client.send("GET", f"/v1/orders?limit=1&cursor={bad}", authorization=customer())


def _anothers_cursor(client: Client) -> Answer:
    for _ in range(2):
        placed(client)
    page = client.send("GET", "/v1/orders?limit=1", authorization=customer()).json
    path = f"/v1/orders?limit=1&cursor={page['next_cursor']}"
    return client.send("GET", path, authorization=customer("cus-bob"))


def _of_another_tenant(client: Client) -> Answer:
    placed(client)
    path = "/v1/orders?customer_id=cus-ada&tenant=other"
    answer = client.send("GET", path, authorization=customer("cus-eve"))
    assert answer.json["items"] == []
    return answer


def _paid_after_its_end(client: Client) -> Answer:
    order_id = placed(client, store_id=NOODLES)["order_id"]
    path = f"/v1/orders/{order_id}"
    assert client.send("POST", f"{path}/cancel", {}, authorization=customer()).status == 200
    wish = {"provider": "on_site", "method": "on_site"}
    return client.send("POST", f"{path}/payments", wish, authorization=customer(), key="pay-1")


def _accepted(headers: dict[str, str]) -> Any:
    return to_an_order("POST", "/accept", {}, staff("clerk"), headers=headers)


def _kept_as_it_is(text: str) -> Any:
    def send(client: Client) -> Answer:
        order_id = placed(client, note=text)["order_id"]
        answer = client.send("GET", f"/v1/orders/{order_id}", authorization=customer())
        assert answer.json["note"] == text
        return answer

    return send


def _from_nowhere(client: Client) -> Answer:
    answer = client.send("GET", "/v1/stores", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    return answer


def _paid_back_to(url: str) -> Any:
    wish = {"provider": "on_site", "method": "on_site", "return_url": url}

    def send(client: Client) -> Answer:
        order_id = placed(client, store_id=NOODLES)["order_id"]
        path = f"/v1/orders/{order_id}/payments"
        return client.send("POST", path, wish, authorization=customer(), key="pay-1")

    return send


CALLERS = [
    Bad(46, "no-token", asked("GET", "/v1/orders"), 401, "unauthenticated"),
    *(
        Bad(46, name, asked("GET", "/v1/orders", authorization=value), 401)
        for name, value in {
            "garbage": "Bearer x", "basic": "Basic eDp5", "half": "Bearer", "guest": "Guest x.y",
        }.items()
    ),
    Bad(53, "10-kb-token", asked("GET", "/v1/orders", authorization="Bearer " + "a." * 5000), 401),
    Bad(54, "key-in-the-query", asked("GET", "/v1/ops/orders?api_key=dk_1_x&access_token=x"), 401),
    Bad(59, "customer-sweeps", asked("POST", "/v1/ops/sweeps", {}, authorization=customer()), 403,
        "role_required"),
    *(
        Bad(60, f"privileged-{name}", order(**{name: value}), 422, _INVALID)
        for name, value in _PRIVILEGED.items()
    ),
    *(
        Bad(60, f"edited-{name}",
            to_an_order("PATCH", "", {name: value}, headers={"If-Match": "*"}), 422, _INVALID)
        for name, value in _PRIVILEGED.items()
    ),
    Bad(62, "foreign-filter", _of_another_tenant, 200),
    Bad(63, "tampered-cursor", _tampered, 400, _MALFORMED),
    Bad(63, "anothers-cursor", _anothers_cursor, 400, _MALFORMED),
    Bad(65, "paid-after-its-end", _paid_after_its_end, 409, "order_not_payable"),
    Bad(65, "completed-before-paid", to_an_order("POST", "/complete", {}, staff("clerk"),
        headers={"If-Match": "*"}), 409, "invalid_transition"),
    Bad(66, "no-if-match", _accepted({}), 428, "if_match_required"),
    Bad(66, "stale-if-match", _accepted({"If-Match": '"99"'}), 412, "version_mismatch"),
    Bad(66, "edit-without-if-match", to_an_order("PATCH", "", {"note": "x"}), 428,
        "if_match_required"),
    *(
        Bad(80, f"endpoint-{url.partition(':')[0]}", _endpoint(url), 422)
        for url in ("ftp://a.example.com", "file:///etc/passwd", "gopher://a.example.com/x")
    ),
    *(
        Bad(81, f"endpoint-{host}", _endpoint(f"https://{host}/"), 422)
        for host in ("127.1", "0", "0x7f000001", "2130706433", "017700000001", "[::]", "[::1]",
                     "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "100.64.0.1", "169.254.169.254",
                     "10.0.0.1", "localhost")
    ),
    *(
        Bad(85, f"endpoint-{name}", _endpoint(url), 422)
        for name, url in {
            "with-a-user": "https://user:pass@a.example.com/", "port-22": "https://a.example.com:22/",
            "redis": "https://a.example.com:6379/", "confused": "https://a.example.com#@127.0.0.1/",
        }.items()
    ),
    Bad(88, "injected-query", asked("GET", "/v1/products?store_id=sto_market&q='%20OR%201=1;--"),
        200),
    Bad(88, "injected-id", asked("GET", "/v1/orders/'%20OR%201=1", authorization=customer()), 404),
    Bad(91, "line-break-in-a-name", order(contact={"name": "a\r\nBcc: x@example.com"}), 422,
        _INVALID),
    Bad(91, "line-break-in-a-mail", order(contact={"email": "a@example.com\nBcc: x@y.zz"}), 422,
        _INVALID),
    *(
        Bad(93, name, _kept_as_it_is(text), 200)
        for name, text in _INERT.items()
    ),
    *(
        Bad(95, f"back-to-{name}", _paid_back_to(url), 422)
        for name, url in {
            "elsewhere": "https://evil.example/", "script": "javascript:alert(1)",
            "user": "http://127.0.0.1:8000@evil.example/", "nowhere": "//evil.example",
        }.items()
    ),
    Bad(98, "method-override", to_an_order("POST", "/cancel", {},
        headers={"X-HTTP-Method-Override": "DELETE"}), 200),
    Bad(99, "foreign-origin", _from_nowhere, 200),
    Bad(101, "head", asked("HEAD", "/v1/orders"), 405),
    Bad(102, "get-with-body", lambda client: client.send(
        "GET", "/v1/stores", raw=b"{bad", headers={"Content-Type": "application/json"}), 200),
    *(
        Bad(104, f"limit-{limit}", asked("GET", f"/v1/orders?limit={limit}",
            authorization=customer()), 422, _INVALID)
        for limit in ("0", "-1", "101", "1000000000", "1e3", "x", "")
    ),
    *(
        Bad(67, f"unsigned-{provider}", lambda client, p=provider: client.send(
            "POST", f"/v1/webhooks/payments/{p}", raw=b"{}",
            headers={"Content-Type": "application/json"}), 404, "provider_not_found")
        for provider in ("nobody", "..", "base", "_stripe")
    ),
]  # fmt: skip
