"""The one way in which providers are called: bounded in time, and never twice."""

import time

import msgspec
import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.partner_http import READ_TIMEOUT_SECONDS
from chalicelib.providers.base_http import Absent, call
from tests.providers.http_double import Answer, HttpDouble


class Word(msgspec.Struct):
    word: str


def test_an_answer_that_does_not_come_is_given_up_in_time_and_not_asked_for_again():
    with HttpDouble(lambda _: Answer(200, b'{"word": "late"}', after_seconds=30.0)) as double:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            call("POST", double.base, {}, Word, form={"a": "b"})
        assert READ_TIMEOUT_SECONDS <= time.monotonic() - began < 25
    assert len(double.asked) == 1


def test_connections_are_used_again():
    with HttpDouble(lambda _: Answer(200, b'{"word": "yes"}')) as double:
        ports = set()
        double.finish_request = lambda request, address: (
            ports.add(address),
            double.RequestHandlerClass(request, address, double),
        )
        answers = [call("GET", double.base, {}, Word).word for _ in range(5)]
    assert (answers, len(ports)) == (["yes"] * 5, 1)


def test_values_go_as_a_form_or_as_json():
    with HttpDouble(lambda _: Answer(200, b'{"word": "yes"}')) as double:
        call("POST", double.base, {}, Word, form={"name[é]": "a&b=c 面"})
        call("PUT", double.base, {}, Word, body={"name": "面"})
    form, body = double.asked
    assert form.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form.body == b"name%5B%C3%A9%5D=a%26b%3Dc+%E9%9D%A2"
    assert body.headers["content-type"] == "application/json"
    assert body.body == '{"name":"面"}'.encode()


def test_what_is_not_there_is_absent():
    with HttpDouble(lambda _: Answer(404)) as double, pytest.raises(Absent):
        call("GET", double.base, {}, Word)


def test_a_key_never_stands_in_what_is_raised():
    with (
        HttpDouble(lambda _: Answer(500, b"sk_secret")) as double,
        pytest.raises(Unavailable) as raised,
    ):
        call("GET", double.base, {"Authorization": "Bearer sk_secret"}, Word)
    assert "sk_secret" not in f"{raised.value!r}{raised.value.__cause__!r}"
