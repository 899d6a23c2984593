"""Asking the user pool who is on the staff now."""

import pytest

from chalicelib import aws
from chalicelib.domain.errors import Unavailable
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
