"""Deploys the stage `local` into the local AWS: stacks, secrets and people."""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from infra.deployment import deploy_app, deploy_data, deploy_standby
from infra.local.accounts import create_accounts
from infra.local.cloud import BUCKET, client
from infra.package import build
from infra.paths import data_stack
from infra.stacks import Stacks

STAGE = "local"
STANDBY_REGION = "us-west-2"
MAIL_FROM = "orders@example.com"
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class LocalStage:
    """The stage at an endpoint of the local AWS, seen from a public address."""

    endpoint: str
    url: str

    def client(self, service: str) -> Any:
        return client(service, self.endpoint)

    @property
    def stacks(self) -> Stacks:
        clients = self.client("cloudformation"), self.client("s3")
        return Stacks(*clients, BUCKET, poll_seconds=POLL_SECONDS)

    @property
    def standby_stacks(self) -> Stacks:
        clients = client("cloudformation", self.endpoint, STANDBY_REGION), self.client("s3")
        return Stacks(*clients, BUCKET, poll_seconds=POLL_SECONDS)

    def deploy_data(self) -> None:
        self.client("s3").create_bucket(Bucket=BUCKET)
        deploy_data(self.stacks, STAGE, {})

    def verify_sender(self) -> None:
        """SES sends only in the name of an identity that its owner has confirmed."""
        mail = self.client("sesv2")
        try:
            mail.create_email_identity(EmailIdentity=MAIL_FROM)
        except mail.exceptions.AlreadyExistsException:
            return

    def create_accounts(self) -> None:
        pool_id = self.stacks.outputs(data_stack(STAGE))["UserPoolId"]
        create_accounts(self.client("cognito-idp"), pool_id)

    def deploy_app(self) -> str:
        """Package and deploy what is in the work tree; the API's address within the local AWS."""
        package = build()
        outputs = deploy_app(
            self.stacks,
            STAGE,
            package,
            self._parameters() | deploy_standby(self.standby_stacks, STAGE),
            public_url=lambda _: self.url,
        )
        self._forget_code_but(package.code_key)
        return f"{self.endpoint}/restapis/{outputs['RestAPIId']}/api/_user_request_"

    def wake_issuer(self) -> None:
        """Let the function that draws PDFs load what it needs: the first to pay need not wait."""
        self.client("lambda").invoke(
            FunctionName=f"docket-{STAGE}-issue-invoices",
            InvocationType="Event",
            Payload=b'{"Records": []}',
        )

    def _forget_code_but(self, current: str) -> None:
        """Every change of the code left a package in the bucket; nothing goes back to them."""
        s3 = self.client("s3")
        for stored in s3.list_objects_v2(Bucket=BUCKET, Prefix="code/").get("Contents", []):
            if stored["Key"] != current:
                s3.delete_object(Bucket=BUCKET, Key=stored["Key"])

    def _parameters(self) -> dict[str, str]:
        pool_id = self.stacks.outputs(data_stack(STAGE))["UserPoolId"]
        return {
            "JwksUrl": f"{self.endpoint}/{pool_id}/.well-known/jwks.json",
            "MailFrom": MAIL_FROM,
            "AlertEmails": "manager@example.com",
            "AlertPhones": "+8613800138999",
            "AllowedPrivateHosts": "127.0.0.1,localhost",
            "AllowedReturnOrigins": self.url,
            "OrderPostsPerMinute": "300",
            "MailsPerHour": "10000",
            "TextsPerHour": "10000",
            "PushesPerHour": "10000",
            "UnpaidOrdersMax": "100",
            "Demo": "true",
        }

    def put_secret(self, name: str, value: dict[str, Any]) -> None:
        secrets = self.client("secretsmanager")
        secret_id, text = f"docket/{STAGE}/{name}", json.dumps(value)
        try:
            secrets.put_secret_value(SecretId=secret_id, SecretString=text)
        except secrets.exceptions.ResourceNotFoundException:
            secrets.create_secret(Name=secret_id, SecretString=text)

    def load_secrets(self, wanted: dict[str, dict[str, Any]], unwanted: set[str]) -> None:
        """Credentials by provider. One without its secret is not offered."""
        self._load_secrets("payments", wanted, unwanted)

    def load_einvoice_secrets(self, wanted: dict[str, dict[str, Any]]) -> None:
        """Credentials by tax platform; that for practice goes when its process does."""
        self._load_secrets("einvoices", wanted, {"practice"})

    def _load_secrets(
        self, kind: str, wanted: dict[str, dict[str, Any]], unwanted: set[str]
    ) -> None:
        for provider, secret in wanted.items():
            self.put_secret(f"{kind}/{provider}", secret)
        secrets = self.client("secretsmanager")
        for provider in unwanted - set(wanted):
            with suppress(secrets.exceptions.ResourceNotFoundException):
                secrets.delete_secret(
                    SecretId=f"docket/{STAGE}/{kind}/{provider}", ForceDeleteWithoutRecovery=True
                )

    def function_environment(self) -> dict[str, str]:
        """The settings that the template gives to every function."""
        configuration = self.client("lambda").get_function_configuration(
            FunctionName=f"docket-{STAGE}-api"
        )
        return dict(configuration["Environment"]["Variables"])
