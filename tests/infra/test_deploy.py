"""`make deploy` and `make destroy`, carried out in the local AWS as they would be in AWS."""

import pytest

from infra.deploy import deploy
from infra.destroy import destroy
from infra.errors import Failed
from infra.local.cloud import client_environment, client_session
from infra.stacks import Stacks
from infra.stages import artefact_bucket, checked_stage


@pytest.fixture
def session(stack, monkeypatch):
    for name, value in client_environment(stack.aws_endpoint).items():
        monkeypatch.setenv(name, value)
    return client_session()


@pytest.mark.timeout(300)
def test_a_stage_is_deployed_told_its_address_removed_and_keeps_its_data(session, capsys):
    deploy("prod", session)

    stacks = Stacks.of(session, artefact_bucket("prod", session))
    address = stacks.outputs("docket-prod-app")["EndpointURL"].rstrip("/")
    functions = session.client("lambda")
    api = functions.get_function_configuration(FunctionName="docket-prod-api")
    assert api["Architectures"] == ["arm64"]
    assert api["Environment"]["Variables"]["DOCKET_PUBLIC_URL"] == address
    assert api["Environment"]["Variables"]["DOCKET_DEMO"] == "false"
    assert f"Docket answers at {address}/" in capsys.readouterr().out

    destroy(stacks, "prod", lambda _: "yes")
    assert not stacks.exists("docket-prod-app")
    assert stacks.exists("docket-prod-data")

    destroy(stacks, "prod", lambda _: "docket-prod-data")
    assert not stacks.exists("docket-prod-data")
    tables = session.client("dynamodb").list_tables()["TableNames"]
    assert "docket-prod-orders" in tables, "the tables outlive their stack"


@pytest.mark.parametrize("arguments", [[], [""], ["Prod"], ["-x"], ["a" * 21], ["local"]])
def test_a_stage_needs_a_name_that_fits_everywhere(arguments):
    with pytest.raises(Failed):
        checked_stage(arguments)
