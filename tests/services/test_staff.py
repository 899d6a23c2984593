"""Asking the user pool who is on the staff now."""

import pytest

from chalicelib import aws
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.identity import Caller
from chalicelib.services import staff
from tests.user_pool_double import UserPoolDouble


@pytest.fixture
def pool(monkeypatch):
    """A user pool that knows a manager of two stores."""
    with UserPoolDouble() as double:
        monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", double.url)
        aws.client.cache_clear()
        double.answers["AdminGetUser"] = (200, {"Username": "mo", "Enabled": True})
        is_in(double, "manager", "store:a", "store:b")
        yield double
    aws.client.cache_clear()


def is_in(pool, *groups):
    answer = {"Groups": [{"GroupName": group} for group in groups]}
    pool.answers["AdminListGroupsForUser"] = (200, answer)


def test_a_member_has_the_roles_and_stores_of_now(pool):
    member = staff.find_member("mo")
    assert member.roles == {"manager"}
    assert member.store_ids == {"a", "b"}
    assert pool.asked_for("AdminListGroupsForUser")[0]["Username"] == "mo"


def test_whose_account_is_gone_is_no_member(pool):
    pool.refuses("AdminGetUser", "UserNotFoundException")
    assert staff.find_member("mo") is None


def test_whose_account_is_off_is_no_member(pool):
    pool.answers["AdminGetUser"] = (200, {"Username": "mo", "Enabled": False})
    assert staff.find_member("mo") is None


def test_whoever_lost_their_role_is_no_member(pool):
    is_in(pool, "store:a")
    assert staff.find_member("mo") is None


def test_a_pool_that_is_too_busy_is_asked_again_later(pool):
    pool.refuses("AdminGetUser", "TooManyRequestsException")
    with pytest.raises(Unavailable):
        staff.find_member("mo")


def a_user(staff_id, **known):
    attributes = [{"Name": name, "Value": value} for name, value in known.items()]
    return {"Username": staff_id, "Attributes": [{"Name": "sub", "Value": staff_id}, *attributes]}


def test_colleagues_are_those_of_the_same_stores_and_the_admins_by_name_or_else_address(pool):
    users = [a_user("1", name="Mo", email="mo@example.com"), a_user("2", email="cleo@example.com")]
    pool.answers["ListUsersInGroup"] = (200, {"Users": users})
    caller = Caller(kind="staff", id="1", roles=frozenset({"clerk"}), store_ids=frozenset({"a"}))
    found = staff.list_colleagues(caller)
    assert [(one.staff_id, one.name) for one in found] == [("2", "cleo@example.com"), ("1", "Mo")]
    groups = {asked["GroupName"] for asked in pool.asked_for("ListUsersInGroup")}
    assert groups == {"admin", "store:a"}


def test_a_store_without_a_group_has_no_staff_of_its_own(pool):
    pool.refuses("ListUsersInGroup", "ResourceNotFoundException")
    caller = Caller(kind="staff", id="1", roles=frozenset({"clerk"}), store_ids=frozenset({"a"}))
    assert staff.list_colleagues(caller) == []
