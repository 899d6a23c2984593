"""Accounts over HTTP: every answer of the user pool in the contract's words, none of them telling
whether an address has an account.
"""

import pytest

from chalicelib.services.user_pool import user_pool
from tests.tokens import bearer
from tests.user_pool_double import UserPoolDouble

ADA = {"email": "ada@example.com", "password": "Good-pass-11"}


@pytest.fixture(scope="module")
def client(lasting_client):
    return lasting_client


@pytest.fixture
def pool(monkeypatch):
    with UserPoolDouble() as double:
        monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", double.url)
        user_pool.cache_clear()
        yield double
        user_pool.cache_clear()


@pytest.fixture
def post(client, pool):
    return lambda path, body, **more: client.send("POST", f"/v1/auth/{path}", body, **more)


def test_signing_up_sends_the_pool_a_normalized_address_and_number(post, pool):
    written = {**ADA, "email": " Ada@Example.COM ", "phone": "+86 139-1234-5678", "name": "Ada"}
    answer = post("sign-up", written)
    assert answer.status == 201
    assert answer.json == {"status": "confirmation_required", "to": "a***@example.com"}
    (carried,) = pool.asked_for("SignUp")
    assert carried["Username"] == "ada@example.com"
    sent = {attribute["Name"]: attribute["Value"] for attribute in carried["UserAttributes"]}
    assert sent == {"email": "ada@example.com", "name": "Ada", "phone_number": "+8613912345678"}


def test_a_taken_address_gets_the_same_answer_as_a_new_one(post, pool):
    new = post("sign-up", ADA)
    pool.refuses("SignUp", "UsernameExistsException")
    taken = post("sign-up", ADA)
    assert (taken.status, taken.json) == (new.status, new.json)
    assert pool.asked_for("ResendConfirmationCode")


def test_a_weak_password_is_refused_before_the_pool_could_tell_who_exists(post, pool):
    pool.refuses("SignUp", "UsernameExistsException")
    for weak in ("short-1A", "all-lower-case-1", "ALL-UPPER-CASE-1", "No-Digits-Here"):
        answer = post("sign-up", {**ADA, "password": weak})
        assert answer.status == 422
        assert answer.json["errors"][0]["pointer"] == "/password"
    assert pool.asked == []


@pytest.mark.parametrize(
    "email",
    ["", "ada", "ada@", "@example.com", "a@b", "a b@example.com", "a@b@c.com", "a\n@example.com",
     "x" * 300 + "@example.com", "ada@example..", "<ada@example.com>"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_the_place(post, pool, email):
    answer = post("sign-up", {**ADA, "email": email})
    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == "/email"
    assert pool.asked == []


def test_signing_in_gives_tokens_and_remembers_who_it_is(post, pool, client):
    pool.signs_in(sub="cus-ada", email="ada@example.com", name="Ada")
    answer = post("sign-in", {**ADA, "email": "ADA@example.com"})
    assert answer.status == 200
    assert answer.json == {
        "access_token": "an-access-token",
        "refresh_token": "a-refresh-token",
        "expires_in": 3600,
        "token_type": "Bearer",
    }
    (carried,) = pool.asked_for("InitiateAuth")
    assert carried["AuthParameters"]["USERNAME"] == "ada@example.com"
    me = client.send("GET", "/v1/me", authorization=bearer("cus-ada")).json
    assert (me["email"], me["name"]) == ("ada@example.com", "Ada")


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(post, pool):
    pool.refuses("InitiateAuth", "NotAuthorizedException", "Incorrect username or password.")
    wrong = post("sign-in", ADA)
    pool.refuses("InitiateAuth", "UserNotFoundException")
    unknown = post("sign-in", ADA)
    assert (wrong.status, wrong.code) == (401, "sign_in_failed")
    for name in ("status", "code", "title", "detail", "type"):
        assert wrong.json[name] == unknown.json[name]


@pytest.mark.parametrize(
    ("path", "body", "operation", "refusal", "status", "code"),
    [
        ("sign-in", ADA, "InitiateAuth", "UserNotConfirmedException", 403, "email_not_confirmed"),
        ("sign-in", ADA, "InitiateAuth", "PasswordResetRequiredException", 403,
         "password_reset_required"),
        ("sign-in", ADA, "InitiateAuth", "TooManyRequestsException", 429, "too_many_requests"),
        ("sign-in", ADA, "InitiateAuth", "LimitExceededException", 429, "too_many_requests"),
        ("sign-in", ADA, "InitiateAuth", "InternalErrorException", 503, "unavailable"),
        ("sign-in", ADA, "InitiateAuth", "UserLambdaValidationException", 422, "invalid_input"),
        ("sign-up", ADA, "SignUp", "InvalidPasswordException", 422, "invalid_input"),
        ("sign-up", ADA, "SignUp", "InvalidParameterException", 422, "invalid_input"),
        ("sign-up", ADA, "SignUp", "CodeDeliveryFailureException", 503, "unavailable"),
        ("sign-up", ADA, "SignUp", "ResourceNotFoundException", 503, "unavailable"),
        ("confirm", {"email": ADA["email"], "code": "1"}, "ConfirmSignUp",
         "CodeMismatchException", 422, "invalid_code"),
        ("confirm", {"email": ADA["email"], "code": "1"}, "ConfirmSignUp",
         "ExpiredCodeException", 422, "invalid_code"),
        ("confirm", {"email": ADA["email"], "code": "1"}, "ConfirmSignUp",
         "UserNotFoundException", 422, "invalid_code"),
        ("confirm", {"email": ADA["email"], "code": "1"}, "ConfirmSignUp",
         "TooManyFailedAttemptsException", 429, "too_many_requests"),
        ("reset", {**ADA, "code": "1"}, "ConfirmForgotPassword", "CodeMismatchException", 422,
         "invalid_code"),
        ("reset", {**ADA, "code": "1"}, "ConfirmForgotPassword", "UserNotFoundException", 422,
         "invalid_code"),
        ("refresh", {"refresh_token": "x"}, "InitiateAuth", "NotAuthorizedException", 401,
         "invalid_token"),
        ("resend", {"email": ADA["email"]}, "ResendConfirmationCode", "TooManyRequestsException",
         429, "too_many_requests"),
    ],
)  # fmt: skip
def test_each_refusal_of_the_pool_has_its_answer(
    post, pool, path, body, operation, refusal, status, code
):
    pool.refuses(operation, refusal)
    answer = post(path, body)
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["content-type"].startswith("application/problem+json")
    if status in {429, 503}:
        assert int(answer.headers["retry-after"]) > 0


def test_too_many_wrong_passwords_are_told_to_wait(post, pool):
    pool.refuses("InitiateAuth", "NotAuthorizedException", "Password attempts exceeded")
    answer = post("sign-in", ADA)
    assert (answer.status, answer.headers["retry-after"]) == (429, "60")


@pytest.mark.parametrize(
    "refusal",
    ["UserNotFoundException", "InvalidParameterException", "LimitExceededException",
     "NotAuthorizedException"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("path", "operation"), [("forgot", "ForgotPassword"), ("resend", "ResendConfirmationCode")]
)
def test_asking_for_a_code_never_tells_whether_there_is_an_account(
    post, pool, path, operation, refusal
):
    known = post(path, {"email": ADA["email"]})
    pool.refuses(operation, refusal)
    unknown = post(path, {"email": ADA["email"]})
    assert known.status == unknown.status == 200
    assert known.json == unknown.json


def test_a_pool_that_cannot_be_reached_is_a_reason_to_try_again(post, pool, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "http://127.0.0.1:9")
    user_pool.cache_clear()
    answer = post("sign-in", ADA)
    assert (answer.status, answer.code) == (503, "unavailable")


def test_a_challenge_is_passed_on_and_its_answer_taken(post, pool):
    pool.answers["InitiateAuth"] = (
        200, {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s" * 40},
    )  # fmt: skip
    asked = post("sign-in", ADA).json
    assert asked["challenge"] == "NEW_PASSWORD_REQUIRED"
    pool.signs_in("RespondToAuthChallenge", sub="cus-ada", email=ADA["email"])
    answer = post("challenge", {**asked, "new_password": "Newer-pass-1"})
    assert answer.json["access_token"] == "an-access-token"
    (carried,) = pool.asked_for("RespondToAuthChallenge")
    assert carried["Session"] == "s" * 40
    assert carried["ChallengeResponses"] == {
        "USERNAME": ADA["email"], "NEW_PASSWORD": "Newer-pass-1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"phone": "+8613912345678"}, "/phone"),
        ({"email": ADA["email"]}, "/password"),
        ({"password": "x"}, "/email"),
        ({}, "/email"),
    ],
)
def test_a_sign_in_that_is_not_offered_or_not_whole_says_what_is_missing(post, pool, body, pointer):
    answer = post("sign-in", body)
    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"challenge": "NEW_PASSWORD_REQUIRED", "session": "x.y"}, "invalid_input"),
        ({"challenge": "NEW_PASSWORD_REQUIRED", "session": "§", "code": "1"}, "invalid_input"),
        (
            {"challenge": "PASSKEY", "session": "x.y", "credential": {}},
            "sign_in_method_not_offered",
        ),
        ({"challenge": "CUSTOM", "session": "x.y", "code": "1"}, "sign_in_method_not_offered"),
    ],
)
def test_a_challenge_that_cannot_be_answered_is_refused(post, pool, body, code):
    answer = post("challenge", body)
    assert (answer.status, answer.code) == (422, code)
    assert pool.asked == []


def test_refreshing_keeps_the_refresh_token_where_the_pool_gives_no_new_one(post, pool):
    result = {"AccessToken": "next", "ExpiresIn": 3600, "TokenType": "Bearer"}
    pool.answers["InitiateAuth"] = (200, {"AuthenticationResult": result})
    answer = post("refresh", {"refresh_token": "old"}).json
    assert (answer["access_token"], answer["refresh_token"]) == ("next", "old")


def test_signing_out_ends_one_session_or_all_and_never_fails(post, pool):
    assert post("sign-out", {"refresh_token": "r"}).status == 204
    assert pool.asked_for("RevokeToken")[0]["Token"] == "r"
    token = bearer("cus-ada")
    assert post("sign-out", {}, authorization=token).status == 204
    assert pool.asked_for("GlobalSignOut")[0]["AccessToken"] == token.removeprefix("Bearer ")
    pool.refuses("RevokeToken", "UnauthorizedException")
    assert post("sign-out", {"refresh_token": "gone"}).status == 204
    assert post("sign-out", {}).status == 204


def test_changing_the_password_needs_the_present_one(post, pool):
    body = {"current_password": "Good-pass-11", "new_password": "Other-pass-1"}
    assert post("password", body).status == 401
    token = bearer("cus-ada")
    assert post("password", body, authorization=token).status == 204
    pool.refuses("ChangePassword", "NotAuthorizedException")
    refused = post("password", body, authorization=token)
    assert refused.status == 422
    assert refused.json["errors"][0]["pointer"] == "/current_password"


def test_passwords_and_codes_are_never_in_an_answer_or_a_log(post, pool, capsys, caplog):
    secret = "Wildly-secret-77"
    pool.refuses("InitiateAuth", "NotAuthorizedException")
    pool.refuses("ConfirmSignUp", "CodeMismatchException")
    answers = [
        post("sign-in", {**ADA, "password": secret}),
        post("sign-up", {**ADA, "password": secret, "extra": 1}),
        post("confirm", {"email": ADA["email"], "code": secret}),
    ]
    seen = "".join(answer.text for answer in answers) + caplog.text + capsys.readouterr().out
    assert secret not in seen


def test_people_read_refusals_in_their_language(post, pool):
    pool.refuses("InitiateAuth", "NotAuthorizedException")
    answer = post("sign-in", ADA, headers={"Accept-Language": "zh-CN"})
    assert answer.json["title"] == "登录失败"
