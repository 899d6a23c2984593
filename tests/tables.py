"""The tables as `infra/data.yaml` defines them, made through the API of whatever local engine."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.environment import SETTINGS

TEMPLATE = Path(__file__).parents[1] / "infra" / "data.yaml"
_KEPT = (
    "KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode",
    "StreamSpecification",
)  # fmt: skip


class _Loader(yaml.SafeLoader):
    """CloudFormation's short tags are of no interest to the key schemas."""


_Loader.add_multi_constructor("!", lambda *_: None)


@cache
def resources() -> dict[str, Any]:
    """What the data stack declares, by logical id."""
    found: dict[str, Any] = yaml.load(TEMPLATE.read_text(), _Loader)["Resources"]
    return found


def definitions() -> dict[str, dict[str, Any]]:
    """Each table's CreateTable arguments by its setting's name, such as `ORDERS_TABLE`."""
    found = {}
    for name, resource in resources().items():
        if resource["Type"] != "AWS::DynamoDB::Table":
            continue
        properties = {k: v for k, v in resource["Properties"].items() if k in _KEPT}
        if "StreamSpecification" in properties:
            properties["StreamSpecification"]["StreamEnabled"] = True
        found[f"{name.removesuffix('Table').upper()}_TABLE"] = properties
    return found


def create(dynamodb: Any) -> None:
    for name, properties in definitions().items():
        dynamodb.create_table(TableName=SETTINGS[f"DOCKET_{name}"], **properties)
