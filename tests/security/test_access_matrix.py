"""Each route × each kind of caller × whose object it is, generated from the routes themselves.

What must hold is written down here from the contract, not taken from the routes.
"""

import re

import pytest

import app
from chalicelib.api.blueprint import ENDPOINTS, Endpoint
from chalicelib.services.user_pool import user_pool
from tests.factories import MARKET, NOODLES, order_body
from tests.http import GUEST_KEY
from tests.security.samples import body_of, fits
from tests.tokens import bearer
from tests.user_pool_double import UserPoolDouble

ROUTES = sorted(ENDPOINTS, key=lambda endpoint: (endpoint.path, endpoint.method))
# A paper is checked by whoever holds it: its code is the key to it.
ORDER_ROUTES = [
    e
    for e in ROUTES
    if "{order_id}" in e.path and not e.path.endswith("/invoices/{invoice_id}/check")
]
OWNER, STRANGER = bearer("cus-ada"), bearer("cus-bob")
STAFF = ("clerk", "kitchen", "support", "manager", "admin")

# Who needs no token at all (contract, section 3). A guest's idempotency key is their secret.
PUBLIC = (
    r"GET /v1/(health|openapi\.json|status|stores(/\{\w+\}(/charges)?)?|products(/\{\w+\})?)",
    r"POST /v1/(quotes|orders|webhooks/.+)",
    r"GET /v1/orders/by-key(/\{idempotency_key\})?",
    r"GET /v1/orders/\{order_id\}/invoices/\{invoice_id\}/check",
    r"(GET|POST) /v1/alerts/\{token\}",
    r"POST /v1/auth/(sign-up|confirm|resend|sign-in|challenge|refresh|sign-out|forgot|reset)",
)

# Which staff roles may, beside manager and admin (contract, sections 3 and 7); first match.
WRITES = (
    (r".+ /v1/ops/api-keys.*", ()),
    (r"POST /v1/ops/orders/\{order_id\}/(prepare|ready|questions)", ("clerk", "kitchen")),
    (r"POST /v1/ops/orders/\{order_id\}/(refunds|notifications/send-again)", ("support",)),
    (r"POST /v1/ops/orders/\{order_id\}/notes", ("clerk", "kitchen", "support")),
    (r".+ /v1/ops/orders.*", ("clerk",)),
    (r"POST /v1/ops/exceptions/\{case_id\}/notes", ("clerk", "kitchen", "support")),
    (r"PUT /v1/ops/digests/\{store_id\}/subscription", ("clerk", "kitchen", "support")),
)
# It invokes a function, and moto has none.
NEEDS_STACK = ("POST /v1/ops/sweeps",)
MANAGERS_READ = (r"GET /v1/ops/ledger",)
CUSTOMERS_WRITES = (
    r"PATCH /v1/orders/\{order_id\}",
    r"POST /v1/orders/\{order_id\}/(cancel|payments|invoices|invoices/.+/send|questions/.+)",
)
SUPPORT_HELPS = (r".+/(send|answer)",)
SUPPORT_READS = (r"GET /v1/ops/notifications",)
ADMIN_ALONE = (r"(POST|DELETE) /v1/ops/api-keys.*",)


def name(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def matches(patterns, endpoint):
    return any(re.fullmatch(pattern, name(endpoint)) for pattern in patterns)


def may(role: str, endpoint: Endpoint) -> bool:
    """Whether the contract lets staff of this role call the route for their own store."""
    if role == "admin":
        return True
    if matches(SUPPORT_READS, endpoint):
        return role in {"support", "manager"}
    if endpoint.method == "GET":
        return role == "manager" or not matches(MANAGERS_READ, endpoint)
    if matches(ADMIN_ALONE, endpoint):
        return False
    if role == "manager":
        return True
    found = (roles for pattern, roles in WRITES if re.fullmatch(pattern, name(endpoint)))
    return role in next(found, ())


def staff(role: str, store_id: str = MARKET) -> str:
    return bearer(f"staff-{role}-{store_id}", role, f"store:{store_id}")


@pytest.fixture(scope="module")
def client(lasting_client):
    with UserPoolDouble() as pool, pytest.MonkeyPatch.context() as patch:
        pool.refuses("GetUser", "NotAuthorizedException")
        patch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", pool.url)
        user_pool.cache_clear()
        yield lasting_client
        user_pool.cache_clear()


@pytest.fixture(scope="module")
def order(client):
    """An order of Ada's in the market."""
    answer = client.send("POST", "/v1/orders", order_body(), key="matrix", authorization=OWNER)
    return answer.json["order_id"]


@pytest.fixture(scope="module")
def guest(client):
    """The token of another order, of nobody's."""
    body = order_body(line_items=[{"sku": "milk", "quantity": 1}])
    answer = client.send("POST", "/v1/orders", body, key=f"{GUEST_KEY}matrix")
    return f"Guest {answer.json['guest_token']}"


@pytest.fixture(scope="module")
def call(client, order):
    """Send the least that the route accepts, about Ada's order where it is about one."""

    def send(endpoint, authorization=None):
        values = {"order_id": order, "store_id": MARKET, "sku": "apple"}
        path = re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], f"none-{m[1]}"), endpoint.path)
        answer = client.send(
            endpoint.method,
            path,
            body_of(endpoint.body),
            key=f"{GUEST_KEY}{endpoint.view}",
            authorization=authorization,
            headers={"If-Match": "*"},
        )
        assert answer.status < 500 or name(endpoint) in NEEDS_STACK
        return answer

    return send


def each(endpoints):
    return pytest.mark.parametrize("endpoint", endpoints, ids=name)


def test_the_application_serves_no_route_that_this_matrix_does_not_know():
    served = {
        f"{method} {path}"
        for path, methods in app.app.routes.items()
        for method in methods
        if path.startswith("/v1/")
    }
    assert served == {name(endpoint) for endpoint in ROUTES}


@each([e for e in ROUTES if e.body not in {None, bytes}])
def test_the_matrix_has_a_fitting_body_for(endpoint):
    assert fits(endpoint.body, body_of(endpoint.body))


@each([e for e in ROUTES if matches(PUBLIC, e)])
def test_anyone_may_call(endpoint):
    assert endpoint.access == "public"


@each([e for e in ROUTES if not matches(PUBLIC, e)])
def test_without_a_token_nobody_may_call(call, endpoint):
    answer = call(endpoint)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@each(ROUTES)
def test_a_forged_token_is_refused_everywhere(call, endpoint):
    if endpoint.path.startswith("/v1/webhooks/"):
        pytest.skip("Webhooks are signed; they carry no token.")
    assert call(endpoint, "Bearer a.b.c").status == 401


@each([e for e in ROUTES if "/ops/" in e.path])
def test_a_customer_may_not_call_the_staff_route(call, endpoint):
    answer = call(endpoint, OWNER)
    assert (answer.status, answer.code) == (403, "role_required")


@each([e for e in ROUTES if "/ops/" in e.path])
def test_a_guest_may_not_call_the_staff_route(call, guest, endpoint):
    assert call(endpoint, guest).status == 401


@each([e for e in ROUTES if "/ops/" in e.path])
def test_each_role_may_do_what_the_contract_says(call, endpoint):
    for role in STAFF:
        answer = call(endpoint, staff(role))
        if may(role, endpoint):
            assert answer.status not in {401, 403}, role
        else:
            assert (answer.status, answer.code) == (403, "role_required"), role


@each([e for e in ORDER_ROUTES if matches(CUSTOMERS_WRITES, e)])
def test_what_customers_change_is_changed_for_them_by_clerks(call, endpoint):
    others = {"kitchen"} if matches(SUPPORT_HELPS, endpoint) else {"kitchen", "support"}
    for role in STAFF:
        answer = call(endpoint, staff(role))
        if role in others:
            assert (answer.status, answer.code) == (403, "role_required"), role
        else:
            assert answer.status != 403, role


@each(ORDER_ROUTES)
def test_another_stores_staff_find_no_such_order(call, endpoint):
    for role in STAFF:
        if role == "admin" or (endpoint.access == "staff" and not may(role, endpoint)):
            continue
        answer = call(endpoint, staff(role, NOODLES))
        assert (answer.status, answer.code) == (404, "order_not_found"), role


@each([e for e in ORDER_ROUTES if "/ops/" not in e.path])
def test_another_customer_finds_no_such_order(call, endpoint):
    answer = call(endpoint, STRANGER)
    assert (answer.status, answer.code) == (404, "order_not_found")


@each([e for e in ORDER_ROUTES if "/ops/" not in e.path and "claim" not in e.path])
def test_another_orders_guest_finds_no_such_order(call, guest, endpoint):
    answer = call(endpoint, guest)
    assert (answer.status, answer.code) == (404, "order_not_found")


@each([e for e in ORDER_ROUTES if "/ops/" not in e.path and "claim" not in e.path])
def test_the_owner_finds_the_order(call, endpoint):
    answer = call(endpoint, OWNER)
    assert answer.status not in {401, 403}
    assert answer.status != 404 or answer.code != "order_not_found"


@each([e for e in ROUTES if e.path.startswith("/v1/me")])
def test_nothing_of_ones_own_is_anothers(client, call, endpoint):
    mine = {"line1": "1 Canal Street", "label": "canary-home"}
    client.send("POST", "/v1/me/addresses", mine, authorization=OWNER)
    answer = call(endpoint, STRANGER)
    assert "canary-home" not in answer.text
    assert "cus-ada" not in answer.text


def test_another_customers_address_does_not_exist(client):
    mine = {"line1": "1 Canal Street"}
    made = client.send("POST", "/v1/me/addresses", mine, authorization=OWNER).json
    path = f"/v1/me/addresses/{made['address_id']}"
    for method, body in (("GET", None), ("PATCH", {"label": "x"}), ("DELETE", None)):
        answer = client.send(method, path, body, authorization=STRANGER, headers={"If-Match": "*"})
        assert (answer.status, answer.code) == (404, "address_not_found")
    assert client.send("GET", path, authorization=OWNER).status == 200


def test_a_store_group_without_a_role_opens_nothing(client):
    odd = bearer("cus-odd", f"store:{MARKET}")
    assert client.send("GET", "/v1/ops/orders", authorization=odd).status == 403


def test_a_role_without_a_store_sees_no_order(client, order):
    homeless = bearer("staff-new", "manager")
    assert client.send("GET", f"/v1/orders/{order}", authorization=homeless).status == 404
    assert client.send("GET", "/v1/ops/orders", authorization=homeless).json["items"] == []


def test_a_group_named_for_every_store_is_not_every_store(client, order):
    sly = bearer("staff-sly", "clerk", "store:*")
    assert client.send("GET", f"/v1/orders/{order}", authorization=sly).status == 404


def test_groups_that_only_look_like_roles_are_none(client):
    for group in ("Admin", "admin ", "administrator", "customer", "store:admin", "clerk,admin"):
        odd = bearer("cus-odd", group)
        assert client.send("GET", "/v1/ops/orders", authorization=odd).status == 403
