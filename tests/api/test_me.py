"""What a signed-in person keeps with the shop: profile, preferences, address book."""

import uuid

import pytest

from chalicelib.services.user_pool import user_pool
from tests.channels.browser import Browser
from tests.tokens import bearer
from tests.user_pool_double import UserPoolDouble


@pytest.fixture(scope="module")
def client(lasting_client):
    return lasting_client


@pytest.fixture
def ada():
    """Each test has a customer of its own."""
    return f"cus-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def pool(monkeypatch, ada):
    with UserPoolDouble() as double:
        double.answers["GetUser"] = (
            200,
            {
                "Username": ada,
                "UserAttributes": [
                    {"Name": "sub", "Value": ada},
                    {"Name": "email", "Value": "ada@example.com"},
                    {"Name": "phone_number", "Value": "+8613912345678"},
                ],
            },
        )
        monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", double.url)
        user_pool.cache_clear()
        yield double
        user_pool.cache_clear()


@pytest.fixture
def send(client, pool, ada):
    def sending(method, path, body=None, if_match=None, key=None):
        headers = {"If-Match": if_match} if if_match else {}
        return client.send(method, path, body, key=key, authorization=bearer(ada), headers=headers)

    return sending


def test_the_first_look_learns_from_the_pool_who_it_is_and_later_ones_need_not(send, pool, ada):
    first = send("GET", "/v1/me")
    assert first.json == {
        "customer_id": ada,
        "email": "ada@example.com",
        "name": None,
        "phone": "+8613912345678",
        "roles": [],
        "store_ids": [],
        "mail_trouble": None,
    }
    assert send("GET", "/v1/me").json == first.json
    assert len(pool.asked_for("GetUser")) == 1


def test_a_pool_that_will_not_say_leaves_the_profile_empty(send, pool):
    pool.refuses("GetUser", "NotAuthorizedException", "Access Token has been revoked")
    answer = send("GET", "/v1/me")
    assert (answer.status, answer.json["email"]) == (200, None)


def test_staff_see_their_roles_and_stores(client, pool):
    cleo = bearer("staff-cleo", "clerk", "store:sto_market")
    me = client.send("GET", "/v1/me", authorization=cleo).json
    assert (me["roles"], me["store_ids"]) == (["clerk"], ["sto_market"])


def test_the_profile_changes_field_by_field(send):
    tag = send("GET", "/v1/me").headers["etag"]
    edited = send("PATCH", "/v1/me", {"name": "Ada L."}, tag)
    assert (edited.status, edited.json["name"]) == (200, "Ada L.")
    assert edited.json["phone"] == "+8613912345678"
    cleared = send("PATCH", "/v1/me", {"phone": None}, edited.headers["etag"])
    assert (cleared.json["phone"], cleared.json["name"]) == (None, "Ada L.")
    assert send("GET", "/v1/me").json == cleared.json


def test_a_change_says_which_state_it_saw(send):
    tag = send("GET", "/v1/me").headers["etag"]
    assert send("PATCH", "/v1/me", {"name": "A"}).status == 428
    assert send("PATCH", "/v1/me", {"name": "A"}, tag).status == 200
    stale = send("PATCH", "/v1/me", {"name": "B"}, tag)
    assert (stale.status, stale.code) == (412, "version_mismatch")
    assert send("PATCH", "/v1/me", {"name": "B"}, "*").status == 200


@pytest.mark.parametrize(
    "phone", ["139", "13912345678", "+0123456789", "+86139123456789012", "call me", "+86１３９"]
)
def test_a_number_that_nobody_could_dial_is_refused(send, phone):
    answer = send("PATCH", "/v1/me", {"phone": phone}, "*")
    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == "/phone"


@pytest.mark.parametrize(
    "phone", ["+86 139 1234 5678", "0086-139-1234-5678", "+86 (139) 1234.5678", "+8613812345678"]
)
def test_numbers_are_kept_in_one_spelling(send, phone):
    kept = send("PATCH", "/v1/me", {"phone": phone}, "*").json["phone"]
    assert kept in {"+8613912345678", "+8613812345678"}


def test_email_is_the_pools_and_not_changed_here(send):
    answer = send("PATCH", "/v1/me", {"email": "eve@example.com"}, "*")
    assert answer.status == 422


def test_preferences_have_defaults_and_change_topic_by_topic(send):
    before = send("GET", "/v1/me/preferences")
    assert before.json["channels"]["orders"] == ["email", "push"]
    assert before.json["theme"] == "system"
    changes = {
        "language": "zh-CN",
        "channels": {"announcements": ["email", "sms"]},
        "quiet_hours": {"start": "22:00", "end": "07:30", "time_zone": "Asia/Shanghai"},
        "text_size": "largest",
        "theme": "contrast",
    }
    after = send("PATCH", "/v1/me/preferences", changes, before.headers["etag"])
    assert after.status == 200
    assert after.json["channels"] == {
        "orders": ["email", "push"], "payments": ["email", "push"],
        "announcements": ["email", "sms"],
    }  # fmt: skip
    assert after.json["quiet_hours"] == changes["quiet_hours"]
    assert send("GET", "/v1/me/preferences").json == after.json


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"language": "fr"}, "/language"),
        ({"theme": "pink"}, "/theme"),
        ({"text_size": 3}, "/text_size"),
        ({"quiet_hours": {"start": "24:00", "end": "07:00"}}, "/quiet_hours/start"),
        ({"quiet_hours": {"start": "9:00", "end": "07:00"}}, "/quiet_hours/start"),
        ({"quiet_hours": {"start": "22:00"}}, "/quiet_hours/end"),
        (
            {"quiet_hours": {"start": "22:00", "end": "07:00", "time_zone": "Mars/Olympus"}},
            "/quiet_hours/time_zone",
        ),
        (
            {"quiet_hours": {"start": "22:00", "end": "07:00", "time_zone": "../../etc/passwd"}},
            "/quiet_hours/time_zone",
        ),
        ({"channels": {"orders": ["pigeon"]}}, "/channels/orders/0"),
    ],
)
def test_a_preference_that_makes_no_sense_is_refused_with_the_place(send, change, pointer):
    answer = send("PATCH", "/v1/me/preferences", change, "*")
    assert answer.status == 422
    assert pointer in [error["pointer"] for error in answer.json["errors"]]


def test_an_address_lives_from_added_to_removed(send):
    added = send("POST", "/v1/me/addresses", {"line1": "1 Nanjing Road", "city": "上海"})
    assert added.status == 201
    path = added.headers["location"]
    assert send("GET", path).json == added.json
    moved = send("PATCH", path, {"line1": "2 Nanjing Road"}, added.headers["etag"])
    assert (moved.json["line1"], moved.json["city"]) == ("2 Nanjing Road", "上海")
    assert send("PATCH", path, {"line1": "3"}, added.headers["etag"]).status == 412
    assert send("DELETE", path).status == 204
    gone = send("GET", path)
    assert (gone.status, gone.code) == (404, "address_not_found")
    assert send("GET", "/v1/me/addresses").json == {"items": [], "next_cursor": None}


def test_the_same_key_adds_an_address_once(send):
    body = {"line1": "1 Nanjing Road"}
    first = send("POST", "/v1/me/addresses", body, key="home")
    again = send("POST", "/v1/me/addresses", body, key="home")
    assert (again.status, again.json) == (201, first.json)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    moved = send("PATCH", first.headers["location"], {"line1": "2"}, first.headers["etag"])
    assert send("POST", "/v1/me/addresses", body, key="home").json == moved.json
    other = send("POST", "/v1/me/addresses", {"line1": "9 Other Road"}, key="home")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert len(send("GET", "/v1/me/addresses").json["items"]) == 1


def test_one_address_is_the_default_and_comes_first(send):
    for number in (1, 2, 3):
        body = {"line1": f"{number} Road", "is_default": number != 2}
        send("POST", "/v1/me/addresses", body)
    items = send("GET", "/v1/me/addresses").json["items"]
    assert [item["is_default"] for item in items] == [True, False, False]
    assert items[0]["line1"] == "3 Road"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/line1"),
        ({"line1": ""}, "/line1"),
        ({"line1": None}, "/line1"),
        ({"line1": "x" * 201}, "/line1"),
        ({"line1": "1 Road", "country": "China"}, "/country"),
        ({"line1": "1 Road", "phone": "none"}, "/phone"),
        ({"line1": "1 Road", "planet": "Mars"}, "/planet"),
    ],
)
def test_an_address_that_makes_no_sense_is_refused_with_the_place(send, body, pointer):
    answer = send("POST", "/v1/me/addresses", body)
    assert answer.status == 422
    assert pointer in [error["pointer"] for error in answer.json["errors"]]


def test_the_address_book_ends_at_fifty(send):
    for number in range(50):
        assert send("POST", "/v1/me/addresses", {"line1": f"{number} Road"}).status == 201
    full = send("POST", "/v1/me/addresses", {"line1": "51 Road"})
    assert (full.status, full.code) == (409, "address_book_full")


def test_a_device_gets_notifications_until_it_is_removed(send):
    browser = Browser("https://93.184.216.34/push/secret-path")
    body = {"endpoint": browser.endpoint, "keys": browser.keys}
    before = send("GET", "/v1/me/push-subscriptions").json
    assert before["items"] == []
    assert len(before["application_server_key"]) == 87
    added = send("POST", "/v1/me/push-subscriptions", body)
    assert added.status == 201
    assert send("POST", "/v1/me/push-subscriptions", body).json == added.json
    listed = send("GET", "/v1/me/push-subscriptions")
    assert listed.json == {**before, "items": [added.json]}
    assert browser.keys["auth"] not in listed.text + added.text
    path = added.headers["location"]
    assert send("DELETE", path).status == 204
    gone = send("DELETE", path)
    assert (gone.status, gone.code) == (404, "push_subscription_not_found")


def test_a_subscription_that_no_browser_gave_is_refused_with_the_place(send):
    keys = Browser("https://127.0.0.1/p").keys
    answer = send(
        "POST", "/v1/me/push-subscriptions", {"endpoint": "https://127.0.0.1/p", "keys": keys}
    )
    assert (answer.status, answer.code) == (422, "invalid_input")
    assert [error["pointer"] for error in answer.json["errors"]] == ["/endpoint"]
