"""The Cognito user pool as Docket uses it: its calls, and its errors in our words.

None of the calls needs permissions: they are those that any browser could make.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.domain.errors import (
    DocketError,
    FieldError,
    InvalidInput,
    NotAllowed,
    TooMany,
    Unauthenticated,
    Unavailable,
)

_TOO_MANY = frozenset({
    "TooManyRequestsException", "TooManyFailedAttemptsException", "LimitExceededException",
})  # fmt: skip
_WRONG_CODE = frozenset({"CodeMismatchException", "ExpiredCodeException"})
_PAUSE_SECONDS = 60


class UnknownUser(Unauthenticated):
    """No such account; never told apart from a wrong password or a wrong code."""

    code = "sign_in_failed"


class UserExists(DocketError):
    """The address has an account already."""


class AttemptsExceeded(TooMany):
    """The pool refuses more tries for this one account, for a while."""


class UserPool:
    """`client` is botocore's for `cognito-idp`, or what a test puts in its place."""

    def __init__(self, client: Any, client_id: str) -> None:
        self._client = client
        self._client_id = client_id

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """One call; `ClientId` is added where the operation takes it."""
        from botocore.exceptions import BotoCoreError, ClientError

        if operation not in _BY_ACCESS_TOKEN:
            parameters["ClientId"] = self._client_id
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**parameters)
        except ClientError as error:
            reason = error.response.get("Error", {})
            raise _translated(reason.get("Code", ""), reason.get("Message", "")) from error
        except BotoCoreError as error:
            raise Unavailable("Accounts cannot be reached now.") from error
        return answer


_BY_ACCESS_TOKEN = frozenset({"change_password", "global_sign_out", "get_user"})


@lru_cache(maxsize=1)
def user_pool() -> UserPool:
    """Made by the first request that signs somebody in or up."""
    from botocore import UNSIGNED
    from botocore.config import Config

    config = Config(
        signature_version=UNSIGNED,
        connect_timeout=1,
        read_timeout=3,
        retries={"total_max_attempts": 1},
    )
    stage = settings()
    client = aws.new_client("cognito-idp", stage.region, config)
    return UserPool(client, stage.user_pool_client_id)


def _translated(code: str, message: str) -> DocketError:
    if code in _TOO_MANY or "attempts exceeded" in message.lower():
        kind = TooMany if code == "TooManyRequestsException" else AttemptsExceeded
        return kind("Too many tries; wait a little.", retry_after_seconds=_PAUSE_SECONDS)
    if code in _WRONG_CODE:
        return wrong_code()
    if code in {"InvalidPasswordException", "PasswordHistoryPolicyViolationException"}:
        return _invalid(
            "/password", "At least 10 characters, with upper and lower case and a digit."
        )
    if code == "InvalidParameterException":
        return InvalidInput("The pool refused a value.", code="invalid_input")
    return _REFUSALS.get(code, _unexpected)()


def wrong_code() -> InvalidInput:
    detail = "The code is wrong or has expired; ask for another."
    return InvalidInput(detail, code="invalid_code", errors=[FieldError("/code", detail)])


def _invalid(pointer: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, errors=[FieldError(pointer, detail)])


def _unexpected() -> DocketError:
    return Unavailable("Accounts cannot be reached now.")


_REFUSALS: dict[str, Callable[[], DocketError]] = {
    "NotAuthorizedException": lambda: Unauthenticated(
        "The e-mail address or the password is wrong.", code="sign_in_failed"
    ),
    "UserNotFoundException": lambda: UnknownUser("The e-mail address or the password is wrong."),
    "UsernameExistsException": lambda: UserExists("The address has an account already."),
    "AliasExistsException": lambda: UserExists("The address has an account already."),
    "UserNotConfirmedException": lambda: NotAllowed(
        "Enter the code from our e-mail first.", code="email_not_confirmed"
    ),
    "PasswordResetRequiredException": lambda: NotAllowed(
        "Choose a new password first.", code="password_reset_required"
    ),
    "UserLambdaValidationException": lambda: InvalidInput("This account is not accepted."),
    "UnauthorizedException": lambda: Unauthenticated("Sign in again.", code="invalid_token"),
}
