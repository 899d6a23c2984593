"""Accounts: sign up, confirm, sign in, stay signed in, sign out, forget and change passwords."""

from typing import Annotated, Any, Literal

import msgspec

from chalicelib.api.blueprint import ApiBlueprint, Reply, Request
from chalicelib.domain.errors import FieldError, InvalidInput
from chalicelib.domain.profiles import ShortText, normalized_email, normalized_phone
from chalicelib.services import profile, sign_in
from chalicelib.services.sign_in import Challenge, Tokens
from chalicelib.services.user_pool import user_pool

routes = ApiBlueprint(__name__)

Email = Annotated[str, msgspec.Meta(min_length=3, max_length=254)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class SignUp(_Body, frozen=True, kw_only=True):
    email: Email
    password: Password
    phone: ShortText | None = None
    name: ShortText | None = None


class Confirm(_Body, frozen=True, kw_only=True):
    email: Email
    code: Code


class Address(_Body, frozen=True, kw_only=True):
    email: Email


class SignIn(_Body, frozen=True, kw_only=True):
    """`email` with `password`; `phone` alone asks for a one-time code."""

    email: Email | None = None
    password: Password | None = None
    phone: ShortText | None = None


class ChallengeAnswer(_Body, frozen=True, kw_only=True):
    """One of `code`, `new_password` and `credential`, as the challenge asks."""

    challenge: ShortText
    session: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    code: Code | None = None
    new_password: Password | None = None
    credential: dict[str, Any] | None = None


class Refresh(_Body, frozen=True, kw_only=True):
    refresh_token: Token


class SignOut(_Body, frozen=True, kw_only=True):
    """Without a refresh token every session of the caller ends."""

    refresh_token: Token | None = None


class Reset(_Body, frozen=True, kw_only=True):
    email: Email
    code: Code
    password: Password


class ChangePassword(_Body, frozen=True, kw_only=True):
    current_password: Password
    new_password: Password


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """What happens next: `to` is where the code went, if there is such an account."""

    status: Literal["confirmation_required", "code_sent"]
    to: str


@routes.post(
    "/auth/sign-up",
    once=False,
    summary="Open an account; a code is sent to the address",
    access="public",
    body=SignUp,
    returns=Pending,
    status=201,
)
def sign_up(request: Request[SignUp]) -> Pending:
    wanted = request.body
    email = normalized_email(wanted.email)
    phone = normalized_phone(wanted.phone) if wanted.phone else None
    sign_in.sign_up(user_pool(), email, wanted.password, wanted.name, phone)
    return Pending(status="confirmation_required", to=_masked(email))


@routes.post(
    "/auth/confirm",
    once=False,
    summary="Confirm the address by the code",
    access="public",
    body=Confirm,
    status=204,
)
def confirm(request: Request[Confirm]) -> None:
    sign_in.confirm(user_pool(), normalized_email(request.body.email), request.body.code)


@routes.post(
    "/auth/resend",
    once=False,
    summary="Send the confirmation code again",
    access="public",
    body=Address,
    returns=Pending,
)
def resend(request: Request[Address]) -> Pending:
    email = normalized_email(request.body.email)
    sign_in.resend(user_pool(), email)
    return Pending(status="code_sent", to=_masked(email))


@routes.post(
    "/auth/sign-in",
    once=False,
    summary="Sign in by e-mail and password",
    access="public",
    body=SignIn,
    returns=Tokens | Challenge,
)
def sign_in_by_password(request: Request[SignIn]) -> Tokens | Challenge:
    wanted = request.body
    if wanted.phone:
        raise sign_in.not_offered("/phone")
    if not (wanted.email and wanted.password):
        missing = ("email", wanted.email), ("password", wanted.password)
        raise InvalidInput(
            "Send email and password.",
            errors=[
                FieldError(f"/{name}", "This is needed.") for name, value in missing if not value
            ],
        )
    email = normalized_email(wanted.email)
    return sign_in.sign_in(user_pool(), email, wanted.password, profile.remember, request.now)


@routes.post(
    "/auth/challenge",
    once=False,
    summary="Answer what sign-in asked besides the password",
    access="public",
    body=ChallengeAnswer,
    returns=Tokens | Challenge,
)
def answer_challenge(request: Request[ChallengeAnswer]) -> Tokens | Challenge:
    given = request.body
    if given.credential is not None:
        raise sign_in.not_offered("/credential")
    answer = given.new_password or given.code
    if answer is None:
        detail = "Send the code or the new password that was asked for."
        raise InvalidInput(detail, errors=[FieldError("/code", detail)])
    challenge = Challenge(challenge=given.challenge, session=given.session)
    return sign_in.answer_challenge(user_pool(), challenge, answer, profile.remember, request.now)


@routes.post(
    "/auth/refresh",
    once=False,
    summary="A new access token for a refresh token",
    access="public",
    body=Refresh,
    returns=Tokens,
)
def refresh(request: Request[Refresh]) -> Tokens:
    return sign_in.refresh(user_pool(), request.body.refresh_token)


@routes.post(
    "/auth/sign-out", summary="End this session, or all", access="public", body=SignOut, status=204
)
def sign_out(request: Request[SignOut]) -> None:
    sign_in.sign_out(user_pool(), request.body.refresh_token, access_token_of(request))


@routes.post(
    "/auth/forgot",
    once=False,
    summary="Send a code to choose a new password with",
    access="public",
    body=Address,
    returns=Pending,
)
def forgot(request: Request[Address]) -> Pending:
    email = normalized_email(request.body.email)
    sign_in.forgot(user_pool(), email)
    return Pending(status="code_sent", to=_masked(email))


@routes.post(
    "/auth/reset",
    once=False,
    summary="Choose a new password by the code",
    access="public",
    body=Reset,
    status=204,
)
def reset(request: Request[Reset]) -> None:
    wanted = request.body
    sign_in.reset(user_pool(), normalized_email(wanted.email), wanted.code, wanted.password)


@routes.post("/auth/password", summary="Change one's own password", body=ChangePassword, status=204)
def change_password(request: Request[ChangePassword]) -> Reply:
    wanted = request.body
    sign_in.change_password(
        user_pool(), access_token_of(request) or "", wanted.current_password, wanted.new_password
    )
    return Reply(status=204)


def access_token_of(request: Request[Any]) -> str | None:
    """The caller's own token, for the calls that the pool authorizes itself."""
    if request.caller.kind not in {"customer", "staff"}:
        return None
    return request.headers.get("authorization", "").partition(" ")[2].strip() or None


def _masked(email: str) -> str:
    """`z***@example.com`: enough to know which mailbox to look into."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}***@{domain}"
