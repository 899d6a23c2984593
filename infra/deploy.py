"""`make deploy STAGE=…`: package Docket and deploy it to AWS with the caller's credentials.

Settings are given like the stage: `make deploy STAGE=prod MAIL_FROM=orders@example.org`.
"""

import os
import sys
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.deployment import deploy_app, deploy_data, deploy_standby
from infra.errors import Failed
from infra.package import build
from infra.paths import app_stack
from infra.stacks import Stacks
from infra.stages import artefact_bucket, checked_stage

PARAMETERS = {
    "PUBLIC_URL": "PublicUrl",
    "MAIL_FROM": "MailFrom",
    "ALERT_EMAILS": "AlertEmails",
    "ALERT_PHONES": "AlertPhones",
    "ALLOWED_RETURN_ORIGINS": "AllowedReturnOrigins",
}
OPS_EMAIL = "OPS_EMAIL"
STANDBY_REGION = "STANDBY_REGION"
ARCHITECTURE = "arm64"


def main(arguments: list[str]) -> int:
    try:
        deploy(checked_stage(arguments), boto3.Session())
    except (Failed, BotoCoreError, ClientError) as error:
        print(f"Not deployed: {error}", file=sys.stderr)
        return 1
    return 0


def deploy(stage: str, session: boto3.Session) -> None:
    """Both stacks, told apart from other stages by their names."""
    if not session.region_name:
        raise Failed("No region: set AWS_REGION or a profile's region.")
    bucket = artefact_bucket(stage, session)
    ensure_bucket(session.client("s3"), bucket, session.region_name)
    stacks = Stacks.of(session, bucket)
    print(f"Deploying the data of {stage} …")
    ops_email = os.environ.get(OPS_EMAIL, "")
    deploy_data(stacks, stage, {"OpsEmail": ops_email} if ops_email else {})
    standby = {}
    if region := os.environ.get(STANDBY_REGION):
        print(f"Deploying the standby of {stage} in {region} …")
        standby = deploy_standby(Stacks.of(session, bucket, region), stage)
    print(f"Packaging and deploying the functions of {stage} …")
    outputs = deploy_app(
        stacks, stage, build(ARCHITECTURE), app_parameters() | standby, public_url=api_address
    )
    print(f"The stack {app_stack(stage)} is deployed. Docket answers at {api_address(outputs)}/")


def app_parameters() -> dict[str, str]:
    """What the caller's environment sets; the address is settled apart."""
    return {
        parameter: os.environ[variable]
        for variable, parameter in PARAMETERS.items()
        if os.environ.get(variable) and parameter != "PublicUrl"
    }


def api_address(outputs: dict[str, str]) -> str:
    """The caller's own domain, or the API's address once there is one."""
    known = os.environ.get("PUBLIC_URL") or outputs.get("EndpointURL", "")
    return known.rstrip("/")


def ensure_bucket(s3: Any, bucket: str, region: str) -> None:
    """A private, encrypted, versioned place for code and templates."""
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        place = {} if region == "us-east-1" else {"LocationConstraint": region}
        s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": place} if place else {}))
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
