"""Who is on the staff now, by the user pool itself: a token tells only of whoever is calling."""

from collections.abc import Iterator
from typing import Any

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.domain.identity import Caller
from chalicelib.services.identity import of_groups


def find_member(staff_id: str) -> Caller | None:
    """With their present roles and stores; None for whoever left, or whose account is off.

    Raises `Unavailable` when the pool cannot be asked.
    """
    from botocore.exceptions import ClientError

    whom = {"UserPoolId": settings().user_pool_id, "Username": staff_id}
    try:
        with aws.calling("The user pool"):
            if not aws.client("cognito-idp").admin_get_user(**whom)["Enabled"]:
                return None
            member = of_groups(staff_id, tuple(_groups(whom)))
    except ClientError as error:
        if aws.error_code(error) == "UserNotFoundException":
            return None
        raise
    return member if member.is_staff else None


def _groups(whom: dict[str, str]) -> Iterator[str]:
    more: dict[str, Any] = {}
    while True:
        page = aws.client("cognito-idp").admin_list_groups_for_user(**whom, **more)
        yield from (group["GroupName"] for group in page["Groups"])
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}
