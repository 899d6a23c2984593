"""The practice tax platform as a real process beside a moto stage, and a store that names it."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime

import boto3
import msgspec
import urllib3

from chalicelib.domain.clock import truncated
from chalicelib.services import catalogue, secrets
from tests.factories import MARKET
from tests.providers.counterparts_process import CounterpartsProcess
from tests.providers.http_double import Answer, HttpDouble, until


class Platform:
    """`plan` says what becomes of the next request, `decide` of one that waits."""

    def __init__(self, folder, double):
        self._process = CounterpartsProcess(folder, double)
        self.secret = json.loads((folder / "einvoices.json").read_text())["practice"]
        self._base = self.secret["api_base"]

    def stop(self):
        self._process.stop()

    def plan(self, outcome, **how):
        return self._post("practice/outcomes", {"outcome": outcome, **how})

    def decide(self, request_id, outcome, **how):
        return self._post(f"practice/requests/{request_id}", {"outcome": outcome, **how})

    def fault(self, fault, times=1):
        return self._post("practice/faults", {"fault": fault, "times": times})

    def requests(self):
        answer = urllib3.request("GET", f"{self._base}/requests", retries=False)
        return answer.json()["items"]

    def decided(self, request_id):
        """It decides a moment after it was asked."""
        return until(lambda: any(
            one["request_id"] == request_id and one["state"] != "pending"
            for one in self.requests()
        ), 30)  # fmt: skip

    def _post(self, path, body):
        answer = urllib3.request("POST", f"{self._base}/{path}", json=body, retries=False)
        assert answer.status == 200, answer.data
        return answer.json()

    def serve_store(self):
        """The stage knows the platform, and the store names it."""
        boto3.client("secretsmanager").create_secret(
            Name="docket/test/einvoices/practice", SecretString=json.dumps(self.secret)
        )
        secrets.forget()

        self.edit_store(einvoice_provider="practice", tax_id="91310106MA1FYX8M41")

    def edit_store(self, store_id=MARKET, **settings):
        def edit(snapshot):
            store = msgspec.structs.replace(snapshot.stores[store_id], **settings)
            return msgspec.structs.replace(snapshot, stores={**snapshot.stores, store_id: store})

        catalogue.publish(edit)


@contextmanager
def running_platform(folder):
    with HttpDouble(lambda _: Answer(200)) as double:
        platform = Platform(folder, double)
        try:
            yield platform
        finally:
            platform.stop()


def now():
    return truncated(datetime.now(UTC))
