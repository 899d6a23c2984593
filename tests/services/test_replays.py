"""Requests that are remembered by their key alone: once, and by nobody else."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import Conflict, InvalidInput
from chalicelib.services import replays
from tests.factories import CLERK, CUSTOMER, NOW

KEY, ASKED = "a-key", b"POST /v1/x {}"


def admitted(caller=CUSTOMER, asked=ASKED, now=NOW):
    return replays.admit(caller, KEY, asked, now)


def test_a_request_in_flight_is_told_to_its_twin(aws):
    admitted()
    with pytest.raises(Conflict) as refused:
        admitted()
    assert refused.value.code == "request_in_progress"


def test_one_that_died_is_taken_over_after_its_claim(aws):
    admitted()
    assert admitted(now=NOW + timedelta(minutes=2)).kept is None


def test_what_was_answered_is_kept_for_its_caller_alone(aws):
    replays.keep(admitted(), 201, "{}")
    assert admitted().kept.status == 201
    assert admitted(CLERK).kept is None


def test_another_request_cannot_use_the_key(aws):
    admitted()
    with pytest.raises(InvalidInput):
        admitted(asked=b"POST /v1/y {}")
