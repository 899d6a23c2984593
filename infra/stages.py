"""A stage's name, checked, and what is named after it in an account."""

import re

import boto3

from infra.errors import Failed

NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")


def checked_stage(arguments: list[str]) -> str:
    """The one argument of `make deploy` and `make destroy`."""
    stage = arguments[0] if arguments else ""
    if not NAME.fullmatch(stage):
        raise Failed("Name a stage: STAGE=prod (lower case letters, digits, hyphens; 20 at most).")
    if stage == "local":
        raise Failed("The stage local is the one of make run.")
    return stage


def artefact_bucket(stage: str, session: boto3.Session) -> str:
    account = session.client("sts").get_caller_identity()["Account"]
    return f"docket-{stage}-artefacts-{account}-{session.region_name}"
