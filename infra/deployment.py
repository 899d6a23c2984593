"""Deploys a stage, in AWS or locally: the data stack, the standby, then the app stack over them."""

from collections.abc import Callable

from infra.package import Package
from infra.paths import (
    DATA_TEMPLATE,
    STANDBY_TEMPLATE,
    app_stack,
    data_stack,
    standby_stack,
)
from infra.stacks import Stacks, to_json


def deploy_data(stacks: Stacks, stage: str, parameters: dict[str, str]) -> dict[str, str]:
    template = DATA_TEMPLATE.read_text(encoding="utf-8")
    return stacks.deploy(data_stack(stage), template, {"Stage": stage, **parameters})


def deploy_standby(stacks: Stacks, stage: str) -> dict[str, str]:
    """The second durable place for orders, in `stacks`' region; what the app is told of it."""
    template = STANDBY_TEMPLATE.read_text(encoding="utf-8")
    outputs = stacks.deploy(standby_stack(stage), template, {"Stage": stage})
    return {**outputs, "StandbyRegion": stacks.region}


def deploy_app(
    stacks: Stacks,
    stage: str,
    package: Package,
    parameters: dict[str, str],
    *,
    public_url: Callable[[dict[str, str]], str],
) -> dict[str, str]:
    """Deploy the functions; where their public address is the API's own, tell it to them after."""
    for key, artefact in package.artefacts.items():
        stacks.upload(key, artefact.read_bytes())
    template = to_json(package.template(stacks.bucket, stacks.region))
    fixed = {"Stage": stage, **parameters}
    fixed["OrdersStreamArn"] = stacks.outputs(data_stack(stage))["OrdersStreamArn"]
    known = public_url(stacks.outputs(app_stack(stage)) if stacks.exists(app_stack(stage)) else {})
    outputs = stacks.deploy(app_stack(stage), template, {**fixed, "PublicUrl": known})
    if (settled := public_url(outputs)) != known:
        stacks.deploy(app_stack(stage), template, {**fixed, "PublicUrl": settled})
    return outputs
