"""Who is on the staff now, by the user pool itself: a token tells only of whoever is calling."""

from collections.abc import Iterator
from typing import Any

import msgspec

from chalicelib import aws
from chalicelib.config import settings
from chalicelib.domain.identity import EVERY_STORE, STAFF_ROLES, Caller
from chalicelib.services.identity import group_of_store, of_groups

ADMIN = "admin"


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
    for page in _pages("admin_list_groups_for_user", whom):
        yield from (group["GroupName"] for group in page.get("Groups", []))


def _pages(operation: str, asked: dict[str, str]) -> Iterator[dict[str, Any]]:
    yield from aws.client("cognito-idp").get_paginator(operation).paginate(**asked)


class Colleague(msgspec.Struct, frozen=True):
    """A member of staff as the others see them."""

    staff_id: str
    name: str


def list_colleagues(caller: Caller) -> list[Colleague]:
    """Who works at the caller's stores, and the admins, by their names in the pool."""
    groups = STAFF_ROLES
    if EVERY_STORE not in caller.store_ids:
        groups = frozenset({ADMIN, *map(group_of_store, caller.store_ids)})
    found = {one.staff_id: one for group in sorted(groups) for one in _members_of(group)}
    return sorted(found.values(), key=lambda one: (one.name.casefold(), one.staff_id))


def _members_of(group: str) -> Iterator[Colleague]:
    from botocore.exceptions import ClientError

    asked = {"UserPoolId": settings().user_pool_id, "GroupName": group}
    try:
        with aws.calling("The user pool"):
            users = [
                user
                for page in _pages("list_users_in_group", asked)
                for user in page.get("Users", [])
            ]
    except ClientError as error:
        if aws.error_code(error) == "ResourceNotFoundException":
            return  # a store without staff of its own has no group
        raise
    for user in users:
        known = {each["Name"]: each["Value"] for each in user["Attributes"]}
        name = known.get("name") or known.get("email")
        if name:
            yield Colleague(known["sub"], name)
