"""When a provider is asked about an open payment."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.domain import payment_asks
from tests.rules.stories import NOON, Story


def a_payment(lives_seconds=900, **changes):
    (payment,) = Story().begin().payments.values()
    expires_at = NOON + timedelta(seconds=lives_seconds)
    return msgspec.structs.replace(payment, expires_at=expires_at, **changes)


def seconds(payment):
    return [int((at - NOON).total_seconds()) for at in payment_asks.moments(payment)]


def test_the_gaps_grow_until_it_can_no_longer_be_paid():
    assert seconds(a_payment()) == [30, 120, 600]
    assert seconds(a_payment(100)) == [30]
    assert seconds(a_payment(3 * 3600)) == [30, 120, 600, 3600, 7200]


@pytest.mark.parametrize("changes", [{"status": "captured"}, {"provider": "on_site"}])
def test_nobody_is_asked_about_what_is_settled_or_paid_on_site(changes):
    assert seconds(a_payment(**changes)) == []


def test_one_moment_is_one_question_however_late_the_sweep_comes():
    def due(at, asked=None):
        asked_at = None if asked is None else NOON + timedelta(seconds=asked)
        return payment_asks.due(a_payment(asked_at=asked_at), NOON + timedelta(seconds=at))

    assert [due(29), due(30), due(700)] == [False, True, True]
    assert [due(31, asked=30), due(119, asked=31), due(121, asked=31)] == [False, False, True]
    assert payment_asks.next_after(a_payment(), NOON + timedelta(seconds=30)) == NOON + timedelta(
        seconds=120
    )
    assert payment_asks.next_after(a_payment(), NOON + timedelta(seconds=700)) is None
