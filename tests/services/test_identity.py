"""Who is calling, from the header to the caller, against a served key set."""

from datetime import UTC, datetime

import pytest

from chalicelib.domain.errors import Unauthenticated
from chalicelib.services import guests, secrets
from chalicelib.services.identity import authenticate
from tests.tokens import bearer

FROM = "203.0.113.7"


def now():
    return datetime.now(UTC)


def test_no_header_is_anonymous():
    caller = authenticate(None, FROM, now())
    assert (caller.kind, caller.source) == ("anonymous", FROM)


def test_a_token_without_a_role_is_a_customers():
    caller = authenticate(bearer("cus-ada", "customer"), FROM, now())
    assert (caller.kind, caller.id, caller.roles) == ("customer", "cus-ada", frozenset())


def test_store_groups_without_a_role_give_no_store():
    assert authenticate(bearer("cus-ada", "store:sto_1"), FROM, now()).store_ids == frozenset()


def test_staff_have_roles_and_the_stores_of_their_groups():
    caller = authenticate(
        bearer("s", "clerk", "kitchen", "store:sto_1", "store:sto_2"), FROM, now()
    )
    assert caller.kind == "staff"
    assert caller.roles == {"clerk", "kitchen"}
    assert caller.store_ids == {"sto_1", "sto_2"}


def test_an_admin_works_everywhere():
    assert authenticate(bearer("a", "admin"), FROM, now()).works_at("sto_any")


def test_the_scheme_is_read_in_any_case():
    token = bearer("cus-ada").removeprefix("Bearer ")
    for scheme in ("bearer", "BEARER", "Bearer "):
        assert authenticate(f"{scheme} {token}", FROM, now()).id == "cus-ada"


def test_a_guest_token_stands_for_its_order(aws):
    caller = authenticate(f"Guest {guests.guest_token('ord_1')}", FROM, now())
    assert (caller.kind, caller.order_id) == ("guest", "ord_1")
    assert caller.customer_id is None


@pytest.mark.parametrize(
    "header", ["", " ", "Bearer", "Guest", "Basic YTpi", "Token x", "Bearer\tx", "é x"]
)
def test_a_header_that_proves_nothing_is_refused(aws, header):
    with pytest.raises(Unauthenticated):
        authenticate(header, FROM, now())


def test_a_payment_company_without_a_secret_is_not_offered(aws):
    assert secrets.payment_secrets("stripe") is None
