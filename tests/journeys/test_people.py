"""People on the running stage: an account from sign-up to closing every session, without help."""

import json
import re
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest

CHOSEN, CHANGED, RESET = "Good-pass-11", "Other-pass-12", "Third-pass-13"


class Visitor:
    """Somebody at the front door; what they sign in with goes along from then on."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.authorization: str | None = None

    def ask(self, method, path, body=None, *, status=200, **headers):
        """The answer's JSON, which must come with `status`."""
        if self.authorization:
            headers.setdefault("Authorization", self.authorization)
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(
            f"{self._url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                answered, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                answered, text = error.code, error.read()
        assert answered == status, text
        return json.loads(text) if text else None

    def sign_in(self, email, password):
        tokens = self.ask("POST", "/v1/auth/sign-in", {"email": email, "password": password})
        self.authorization = f"Bearer {tokens['access_token']}"
        return tokens


@pytest.fixture
def visitor(stack):
    return Visitor(stack.url)


@pytest.fixture
def admin(stack):
    somebody = Visitor(stack.url)
    somebody.sign_in("admin@example.com", "Demo-pass-1")
    return somebody


def code_in_mailbox(visitor, email, seen=()):
    """The newest code that the local mailbox shows for the address."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        mails = visitor.ask("GET", f"/_local/mail?to={email}", Accept="application/json")["items"]
        if len(mails) > len(seen):
            return re.search(r"\b\d{6}\b", mails[0]["text"])[0], mails
        time.sleep(0.2)
    raise AssertionError(f"No mail for {email}")


def test_a_person_opens_an_account_and_keeps_it(visitor):
    email = f"zoe-{uuid.uuid4().hex[:8]}@example.com"
    account = {"email": email, "password": CHOSEN, "name": "Zoe"}
    visitor.ask("POST", "/v1/auth/sign-up", account, status=201)
    visitor.ask("POST", "/v1/auth/sign-in", {"email": email, "password": CHOSEN}, status=403)
    code, mails = code_in_mailbox(visitor, email)
    wrong = {"email": email, "code": "999999"}
    assert visitor.ask("POST", "/v1/auth/confirm", wrong, status=422)["code"] == "invalid_code"
    visitor.ask("POST", "/v1/auth/confirm", {"email": email, "code": code}, status=204)

    tokens = visitor.sign_in(email, CHOSEN)
    me = visitor.ask("GET", "/v1/me")
    assert (me["email"], me["name"], me["roles"]) == (email, "Zoe", [])
    renewed = visitor.ask("POST", "/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert renewed["access_token"]

    change = {"current_password": CHOSEN, "new_password": CHANGED}
    visitor.ask("POST", "/v1/auth/password", change, status=204)
    visitor.ask("POST", "/v1/auth/sign-in", {"email": email, "password": CHOSEN}, status=401)

    visitor.ask("POST", "/v1/auth/forgot", {"email": email})
    code, _ = code_in_mailbox(visitor, email, mails)
    reset = {"email": email, "code": code, "password": RESET}
    visitor.ask("POST", "/v1/auth/reset", {**reset, "code": "999999"}, status=422)
    visitor.ask("POST", "/v1/auth/reset", reset, status=204)
    tokens = visitor.sign_in(email.upper(), RESET)

    visitor.ask("POST", "/v1/auth/sign-out", {"refresh_token": tokens["refresh_token"]}, status=204)
    gone = {"refresh_token": tokens["refresh_token"]}
    visitor.ask("POST", "/v1/auth/refresh", gone, status=401)


def test_an_unknown_address_learns_nothing(visitor):
    nobody = f"nobody-{uuid.uuid4().hex[:8]}@example.com"
    known = visitor.ask("POST", "/v1/auth/forgot", {"email": "customer1@example.com"})
    unknown = visitor.ask("POST", "/v1/auth/forgot", {"email": nobody})
    assert known["status"] == unknown["status"]
    wrong = {"password": "Wrong-pass-99"}
    one = visitor.ask(
        "POST", "/v1/auth/sign-in", {**wrong, "email": "customer1@example.com"}, status=401
    )
    other = visitor.ask("POST", "/v1/auth/sign-in", {**wrong, "email": nobody}, status=401)
    assert {**one, "request_id": ""} == {**other, "request_id": ""}


def test_a_machine_works_with_its_key_until_it_is_revoked(stack, admin):
    store_id = admin.ask("GET", "/v1/stores")["items"][0]["store_id"]
    wanted = {"name": "ERP", "role": "clerk", "store_ids": [store_id]}
    made = admin.ask("POST", "/v1/ops/api-keys", wanted, status=201)
    machine = Visitor(stack.url)
    machine.authorization = f"Bearer {made['api_key']}"
    machine.ask("GET", f"/v1/ops/orders?store_id={store_id}")
    admin.ask("DELETE", f"/v1/ops/api-keys/{made['key_id']}", status=204)
    machine.ask("GET", f"/v1/ops/orders?store_id={store_id}", status=401)
    trail = admin.ask("GET", f"/v1/ops/audit?subject={made['key_id']}")["items"]
    assert [entry["action"] for entry in trail] == ["api-keys.delete", "api-keys.create"]
    assert made["api_key"] not in json.dumps(trail)


def test_the_keys_never_reach_the_stages_own_log(stack, admin):
    store_id = admin.ask("GET", "/v1/stores")["items"][0]["store_id"]
    wanted = {"name": "canary", "role": "clerk", "store_ids": [store_id]}
    made = admin.ask("POST", "/v1/ops/api-keys", wanted, status=201)
    secret = made["api_key"].split("_", 2)[2]
    logs = stack.client("logs")
    group = next(
        found["logGroupName"]
        for found in logs.describe_log_groups()["logGroups"]
        if found["logGroupName"].endswith("-api")
    )
    lines = logs.filter_log_events(logGroupName=group)["events"]
    assert lines
    assert not [line for line in lines if secret in line["message"]]
    kept = [*Path(stack.data_dir).rglob("*.log")]
    assert not [path for path in kept if secret in path.read_text(errors="replace")]
