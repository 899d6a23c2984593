"""What every tax platform's provider promises, over all the providers there are."""

from datetime import UTC, datetime

import msgspec
import pytest

from chalicelib import plugins
from chalicelib.domain.einvoice_requests import request_of
from chalicelib.domain.errors import Unavailable
from infra.local.ports import free_port
from tests.domain.test_einvoices import ONE
from tests.domain.test_invoices import STORES, Story
from tests.providers.http_double import Answer, HttpDouble

NOW = datetime(2026, 11, 22, tzinfo=UTC)
# How each is told where it is and who we are.
SECRETS = {"practice": lambda base: {"api_base": base, "account": "a", "key": "k"}}
VERBS = ("request", "ask", "paper")


def a_wish():
    story = Story(STORES["inclusive"], 1)
    story.pay()
    return request_of(ONE, story.issue()[0], STORES["inclusive"], None)


def call(provider, verb, base):
    about = a_wish() if verb == "request" else ONE.request_id
    return getattr(provider, verb)(SECRETS[provider.name](base), about, NOW)


@pytest.fixture(params=plugins.names("einvoices"))
def provider(request):
    return plugins.load("einvoices", request.param).PROVIDER


def test_it_is_named_as_its_file_and_says_whether_its_papers_are_tax_documents(provider):
    assert plugins.load("einvoices", provider.name).PROVIDER is provider
    assert provider.genuine in {True, False}


@pytest.mark.parametrize("verb", VERBS)
def test_where_nobody_answers_the_outcome_is_unknown(provider, verb):
    with pytest.raises(Unavailable):
        call(provider, verb, f"http://127.0.0.1:{free_port()}")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", [200, 400, 404, 429, 500])
def test_an_answer_that_the_platform_did_not_sign_is_none(provider, verb, status):
    said = {"request_id": ONE.request_id, "state": "issued", "number": "1"}
    with (
        HttpDouble(lambda _: Answer(status, msgspec.json.encode(said))) as stranger,
        pytest.raises(Unavailable),
    ):
        call(provider, verb, stranger.base)
