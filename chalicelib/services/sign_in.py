"""Signing up, in and out by password, over the user pool.

Answers never tell whether an address has an account: what differs for a known and an unknown one
is only what arrives in the mailbox.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.errors import (
    FieldError,
    InvalidInput,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from chalicelib.services.user_pool import (
    AttemptsExceeded,
    UnknownUser,
    UserExists,
    UserPool,
    wrong_code,
)

PASSWORD_LENGTH_MIN = 10
Remember = Callable[[dict[str, Any], datetime], None]


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = msgspec.field(default="Bearer")


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked besides the password; `session` is sent back with the answer."""

    challenge: str
    session: str


_BY_CODE = frozenset({"SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA"})
_BY_NEW_VALUE = frozenset({"NEW_PASSWORD_REQUIRED"})


def sign_up(pool: UserPool, email: str, password: str, name: str | None, phone: str | None) -> None:
    """Ends alike for a taken address; an account that waits for its code gets another one."""
    check_strength(password, "/password")
    attributes = {"email": email, "name": name, "phone_number": phone}
    named = [{"Name": key, "Value": value} for key, value in attributes.items() if value]
    try:
        pool.call("sign_up", Username=email, Password=password, UserAttributes=named)
    except UserExists:
        resend(pool, email)


def confirm(pool: UserPool, email: str, code: str) -> None:
    try:
        pool.call("confirm_sign_up", Username=email, ConfirmationCode=code)
    except Unauthenticated as error:
        raise wrong_code() from error


def resend(pool: UserPool, email: str) -> None:
    _quietly(pool, "resend_confirmation_code", email)


def forgot(pool: UserPool, email: str) -> None:
    _quietly(pool, "forgot_password", email)


def reset(pool: UserPool, email: str, code: str, password: str) -> None:
    check_strength(password, "/password")
    try:
        pool.call(
            "confirm_forgot_password", Username=email, ConfirmationCode=code, Password=password
        )
    except Unauthenticated as error:
        raise wrong_code() from error


def sign_in(
    pool: UserPool, email: str, password: str, remember: Remember, now: datetime
) -> Tokens | Challenge:
    answer = pool.call(
        "initiate_auth",
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": password},
    )
    return _signed_in(answer, email, remember, now)


def answer_challenge(
    pool: UserPool, given: Challenge, answer: str, remember: Remember, now: datetime
) -> Tokens | Challenge:
    name = _answer_name(given.challenge)
    email, session = _opened(given.session)
    answered = pool.call(
        "respond_to_auth_challenge",
        ChallengeName=given.challenge,
        Session=session,
        ChallengeResponses={"USERNAME": email, name: answer},
    )
    return _signed_in(answered, email, remember, now)


def _answer_name(challenge: str) -> str:
    """What the pool calls the answer, for the challenges that Docket can pass on."""
    if challenge in _BY_CODE:
        return f"{challenge}_CODE"
    if challenge in _BY_NEW_VALUE:
        return challenge.removesuffix("_REQUIRED")
    raise not_offered("/challenge")


def refresh(pool: UserPool, refresh_token: str) -> Tokens:
    try:
        answer = pool.call(
            "initiate_auth",
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": refresh_token},
        )
    except (Unauthenticated, InvalidInput) as error:
        raise Unauthenticated("Sign in again.", code="invalid_token") from error
    return _tokens(answer["AuthenticationResult"], refresh_token)


def sign_out(pool: UserPool, refresh_token: str | None, access_token: str | None) -> None:
    """Ends one session by its refresh token, else all of them. What has ended is no error."""
    try:
        if refresh_token:
            pool.call("revoke_token", Token=refresh_token)
        elif access_token:
            pool.call("global_sign_out", AccessToken=access_token)
    except (Unauthenticated, InvalidInput):
        return


def change_password(pool: UserPool, access_token: str, current: str, new: str) -> None:
    check_strength(new, "/new_password")
    try:
        pool.call(
            "change_password",
            AccessToken=access_token,
            PreviousPassword=current,
            ProposedPassword=new,
        )
    except Unauthenticated as error:
        detail = "This is not your present password."
        field = FieldError("/current_password", detail)
        raise InvalidInput(detail, errors=[field]) from error


def check_strength(password: str, pointer: str) -> None:
    """The pool's policy, asked before the pool: it would look for the account first, and tell."""
    kinds = (str.islower, str.isupper, str.isdigit)
    if len(password) < PASSWORD_LENGTH_MIN or not all(any(map(k, password)) for k in kinds):
        detail = "At least 10 characters, with upper and lower case and a digit."
        raise InvalidInput(detail, errors=[FieldError(pointer, detail)])


def attributes(pool: UserPool, access_token: str) -> dict[str, Any]:
    """What the pool knows of the token's owner, under the names that its tokens use.

    Nothing when it will not say: whoever asks can do without.
    """
    try:
        answer = pool.call("get_user", AccessToken=access_token)
    except (Unauthenticated, InvalidInput, Unavailable, TooMany):
        return {}
    return {attribute["Name"]: attribute["Value"] for attribute in answer["UserAttributes"]}


def not_offered(pointer: str) -> InvalidInput:
    detail = "This way of signing in is not offered yet; use e-mail and password."
    return InvalidInput(
        detail, code="sign_in_method_not_offered", errors=[FieldError(pointer, detail)]
    )


def _quietly(pool: UserPool, operation: str, email: str) -> None:
    """Only the pool's general limit shows: one account's would tell that it exists."""
    try:
        pool.call(operation, Username=email)
    except (UnknownUser, AttemptsExceeded, InvalidInput, Unauthenticated):
        return


def _signed_in(
    answer: dict[str, Any], email: str, remember: Remember, now: datetime
) -> Tokens | Challenge:
    result = answer.get("AuthenticationResult")
    if not result:
        session = _sealed(email, answer.get("Session", ""))
        return Challenge(challenge=answer["ChallengeName"], session=session)
    if "IdToken" in result:
        remember(_payload(result["IdToken"]), now)
    return _tokens(result, result.get("RefreshToken", ""))


def _tokens(result: dict[str, Any], refresh_token: str) -> Tokens:
    return Tokens(
        access_token=result["AccessToken"],
        refresh_token=result.get("RefreshToken") or refresh_token,
        expires_in=result["ExpiresIn"],
    )


def _payload(id_token: str) -> dict[str, Any]:
    """The claims of a token that came from the pool itself a moment ago."""
    middle = id_token.split(".")[1]
    text = base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))
    return msgspec.json.decode(text, type=dict[str, Any])


def _sealed(email: str, session: str) -> str:
    """The pool wants the name again with the answer; the client need not keep it."""
    return f"{base64.urlsafe_b64encode(email.encode()).decode()}.{session}"


def _opened(session: str) -> tuple[str, str]:
    name, _, rest = session.partition(".")
    try:
        return base64.urlsafe_b64decode(name).decode(), rest
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(
            "The session is not one of ours.", errors=[FieldError("/session", "Sign in again.")]
        ) from error
