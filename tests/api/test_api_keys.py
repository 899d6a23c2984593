"""API keys of machines, as an admin and a machine meet them."""

import pytest

from tests.factories import MARKET
from tests.tokens import bearer

ADMIN = bearer("staff-ana", "admin")
MANAGER = bearer("staff-mo", "manager", f"store:{MARKET}")
ERP = {"name": "erp", "role": "clerk", "store_ids": [MARKET]}


def test_a_key_is_shown_once_and_opens_what_its_role_may_do(client):
    made = client.send("POST", "/v1/ops/api-keys", ERP, authorization=ADMIN)
    assert made.status == 201
    machine = f"Bearer {made.json['api_key']}"
    board = client.send("GET", f"/v1/ops/orders?store_id={MARKET}", authorization=machine)
    assert board.status == 200
    listed = client.send("GET", "/v1/ops/api-keys", authorization=ADMIN).json["items"]
    assert [key["key_id"] for key in listed] == [made.json["key_id"]]
    assert made.json["api_key"] not in str(listed)


def test_a_revoked_key_is_refused_at_the_next_request(client):
    made = client.send("POST", "/v1/ops/api-keys", ERP, authorization=ADMIN).json
    machine = f"Bearer {made['api_key']}"
    assert client.send("GET", "/v1/ops/api-keys", authorization=machine).status == 200
    path = f"/v1/ops/api-keys/{made['key_id']}"
    assert client.send("DELETE", path, authorization=ADMIN).status == 204
    assert client.send("GET", "/v1/ops/api-keys", authorization=machine).status == 401
    assert client.send("DELETE", path, authorization=ADMIN).status == 204


def test_a_key_does_not_reach_other_stores(client):
    made = client.send("POST", "/v1/ops/api-keys", ERP, authorization=ADMIN).json
    machine = f"Bearer {made['api_key']}"
    refused = client.send("GET", "/v1/ops/orders?store_id=sto_noodles", authorization=machine)
    assert (refused.status, refused.code) == (404, "store_not_found")


def test_a_key_has_no_account_of_its_own(client):
    made = client.send("POST", "/v1/ops/api-keys", ERP, authorization=ADMIN).json
    answer = client.send("GET", "/v1/me", authorization=f"Bearer {made['api_key']}")
    assert answer.status == 403


@pytest.mark.parametrize(
    "bend",
    [
        lambda key: key[:-1],
        lambda key: key + "x",
        lambda key: key.swapcase(),
        lambda key: "_".join([*key.split("_")[:2], "secret"]),
        lambda _: "dk_",
        lambda _: "dk__",
        lambda _: "dk_" + "a" * 5000,
        lambda _: "dk_unknown_secret",
        lambda _: "dk_../../x_secret",
        lambda _: "dk_é_secret",
    ],
)
def test_what_is_no_key_is_refused(client, bend):
    made = client.send("POST", "/v1/ops/api-keys", ERP, authorization=ADMIN).json
    answer = client.send("GET", "/v1/ops/api-keys", authorization=f"Bearer {bend(made['api_key'])}")
    assert (answer.status, answer.code) == (401, "invalid_token")


def test_the_same_idempotency_key_makes_one_key_and_shows_it_once(client):
    first = client.send("POST", "/v1/ops/api-keys", ERP, key="erp", authorization=ADMIN)
    again = client.send("POST", "/v1/ops/api-keys", ERP, key="erp", authorization=ADMIN)
    assert again.status == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json == {k: v for k, v in first.json.items() if k != "api_key"}
    other = {**ERP, "role": "manager"}
    reused = client.send("POST", "/v1/ops/api-keys", other, key="erp", authorization=ADMIN)
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")
    machine = f"Bearer {first.json['api_key']}"
    assert client.send("GET", "/v1/ops/api-keys", authorization=machine).status == 200


def test_only_an_admin_makes_and_revokes_keys(client):
    made = client.send("POST", "/v1/ops/api-keys", ERP, authorization=ADMIN).json
    assert client.send("POST", "/v1/ops/api-keys", ERP, authorization=MANAGER).status == 403
    path = f"/v1/ops/api-keys/{made['key_id']}"
    assert client.send("DELETE", path, authorization=MANAGER).status == 403


def test_staff_see_the_keys_of_their_own_stores_only(client):
    noodles = {**ERP, "store_ids": ["sto_noodles"]}
    client.send("POST", "/v1/ops/api-keys", noodles, authorization=ADMIN)
    client.send("POST", "/v1/ops/api-keys", ERP, authorization=ADMIN)
    listed = client.send("GET", "/v1/ops/api-keys", authorization=MANAGER).json["items"]
    assert [key["store_ids"] for key in listed] == [[MARKET]]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"role": "owner"}, "/role"),
        ({"store_ids": []}, "/store_ids"),
        ({"store_ids": ["sto_nowhere"]}, "/store_ids/0"),
        ({"name": ""}, "/name"),
        ({"name": None}, "/name"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused_with_the_place(client, change, pointer):
    answer = client.send("POST", "/v1/ops/api-keys", {**ERP, **change}, authorization=ADMIN)
    assert answer.status == 422
    assert pointer in [error["pointer"] for error in answer.json["errors"]]


def test_revoking_what_never_was_is_not_found(client):
    answer = client.send("DELETE", "/v1/ops/api-keys/key_none", authorization=ADMIN)
    assert (answer.status, answer.code) == (404, "api_key_not_found")
