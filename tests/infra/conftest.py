"""The templates as they are deployed."""

import pytest
import yaml

from infra.package import build
from infra.paths import DATA_TEMPLATE, STANDBY_TEMPLATE

REGION = "us-east-1"


class CloudFormationLoader(yaml.SafeLoader):
    """Reads `!Ref x` as `{"Ref": "x"}` and `!Sub x` as `{"Fn::Sub": "x"}`."""


def _intrinsic(loader, suffix, node):
    key = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {key: value.split(".") if key == "Fn::GetAtt" else value}
    construct = (
        loader.construct_sequence
        if isinstance(node, yaml.SequenceNode)
        else loader.construct_mapping
    )
    return {key: construct(node, deep=True)}


CloudFormationLoader.add_multi_constructor("!", _intrinsic)


@pytest.fixture(scope="session")
def data_template():
    return yaml.load(DATA_TEMPLATE.read_text(), CloudFormationLoader)


@pytest.fixture(scope="session")
def standby_template():
    return yaml.load(STANDBY_TEMPLATE.read_text(), CloudFormationLoader)


@pytest.fixture(scope="session")
def package():
    return build()


@pytest.fixture(scope="session")
def app_template(package):
    return package.template("docket-test-artefacts", REGION)


@pytest.fixture(scope="session")
def resources(data_template, app_template):
    """Every resource of both stacks with its logical id."""
    return {**data_template["Resources"], **app_template["Resources"]}


@pytest.fixture(scope="session")
def of_type(resources):
    def find(kind):
        return {
            logical_id: resource["Properties"]
            for logical_id, resource in resources.items()
            if resource["Type"] == kind
        }

    return find
