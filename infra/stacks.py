"""Brings a CloudFormation stack to the state its template says, in AWS or in the local one."""

import hashlib
import json
import time
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.errors import Failed

Template = dict[str, Any]
NOTHING_TO_DO = "No updates are to be performed"


class Stacks:
    """The stacks of one account and region, their large parts in an artefact bucket."""

    def __init__(
        self, cloudformation: Any, s3: Any, bucket: str, *, poll_seconds: float = 3.0
    ) -> None:
        self._cloudformation = cloudformation
        self._s3 = s3
        self._poll_seconds = poll_seconds
        self.bucket = bucket
        self.region = str(cloudformation.meta.region_name)

    @classmethod
    def of(cls, session: boto3.Session, bucket: str, region: str | None = None) -> "Stacks":
        """Those of the session's region, or of another one with the same bucket of artefacts."""
        cloudformation = session.client("cloudformation", region_name=region)
        return cls(cloudformation, session.client("s3"), bucket)

    def upload(self, key: str, body: bytes) -> None:
        """Put an artefact there unless it is there: keys name their content."""
        try:
            self._s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError:
            self._s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def deploy(self, name: str, template: str, parameters: dict[str, str]) -> dict[str, str]:
        """Create or update the stack, wait for it, return its outputs."""
        key = f"templates/{hashlib.sha256(template.encode()).hexdigest()[:24]}.template"
        self.upload(key, template.encode())
        request = {
            "StackName": name,
            "TemplateURL": f"{self._s3.meta.endpoint_url}/{self.bucket}/{key}",
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        }
        cloudformation = self._cloudformation
        change = cloudformation.update_stack if self.exists(name) else cloudformation.create_stack
        try:
            change(**request)
        except ClientError as error:
            if NOTHING_TO_DO not in str(error):
                raise
        self._wait(name)
        return self.outputs(name)

    def outputs(self, name: str) -> dict[str, str]:
        stack = self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def exists(self, name: str) -> bool:
        return self._status(name) is not None

    def delete(self, name: str) -> None:
        if self._status(name):
            self._cloudformation.delete_stack(StackName=name)
            self._wait(name)

    def _status(self, name: str) -> str | None:
        try:
            stacks = self._cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return str(stacks[0]["StackStatus"]) if stacks else None

    def _wait(self, name: str) -> None:
        status = self._status(name)
        while status and status.endswith("IN_PROGRESS"):
            time.sleep(self._poll_seconds)
            status = self._status(name)
        if status and ("ROLLBACK" in status or "FAILED" in status):
            raise Failed(f"The stack {name} is {status}:\n{self._failures(name)}")

    def _failures(self, name: str) -> str:
        events = self._cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return "\n".join(
            f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in events
            if event["ResourceStatus"].endswith("FAILED")
        )


def to_json(template: Template) -> str:
    return json.dumps(template, sort_keys=True, separators=(",", ":"))
