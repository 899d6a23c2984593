"""The operator's own credentials: read for every provider, and clear about what is wrong."""

import asyncio
import json

import pytest

from chalicelib import plugins
from infra.errors import Failed
from infra.local.companies import companies, payment_secrets
from infra.local.own_secrets import own_secrets


@pytest.fixture
def path(tmp_path):
    return tmp_path / "secrets.json"


def test_without_the_file_there_are_none(path):
    assert own_secrets(path) == {}


def test_every_provider_can_have_its_own(path):
    wanted = {name: {"key": name} for name in plugins.names("providers")}
    path.write_text(json.dumps(wanted))
    assert own_secrets(path) == wanted
    assert {"stripe", "paypal"} <= set(wanted)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"stripe": {"secret_key": "sk_live_x",}}', "is not JSON: .* in line 1, column 39"),
        (b'{\n  "stripe": sk_live_x\n}', "is not JSON: .* in line 2, column 13"),
        (b"", "is not JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b'["stripe", "sk_live_x"]', "must hold one object"),
        (b'{"strip": {"secret_key": "sk_live_x"}}', "names 'strip'; the providers are .*stripe"),
        (b'{"stripe": "sk_live_x"}', "the entry of stripe must be an object"),
    ],
)
def test_what_is_wrong_is_told_without_what_is_secret(path, content, said):
    path.write_bytes(content)
    with pytest.raises(Failed, match=said) as failed:
        own_secrets(path)
    assert str(path) in str(failed.value)
    assert "sk_live_x" not in str(failed.value)


def test_companies_beyond_the_sandbox_are_there_on_request_alone(tmp_path):
    url = "http://127.0.0.1:8000"
    (sandbox,) = companies(tmp_path, url, practice=False)
    both = companies(tmp_path, url, practice=True)
    assert list(sandbox.names) == ["sandbox"]
    assert "paypal" in both[1].names
    assert both[1].address("paypal") == f"http://127.0.0.1:{both[1].port}/paypal"


def test_they_take_the_place_of_a_practice_company_s_and_mix_with_nothing_of_it(tmp_path):
    found = companies(tmp_path, "http://127.0.0.1:8000", practice=True)
    for company in found:
        company.data_dir.mkdir()
        given = {name: {"api_base": company.address(name), "more": 1} for name in company.names}
        written = given if len(given) > 1 else given["sandbox"]
        company.secrets_file.write_text(json.dumps(written))
    own = {"stripe": {"secret_key": "sk_live_x"}}
    wanted = asyncio.run(payment_secrets(found, own))
    assert wanted["stripe"] == own["stripe"]
    assert wanted["sandbox"]["api_base"] == found[0].address("sandbox")
    assert set(wanted) == set(plugins.names("providers"))
