"""Every alarm of the app is deployed on the local AWS, and a symptom rings there with its parts."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from infra.alarms import function_alarms
from infra.local import cloud
from infra.stage_alarms import stage_alarms
from infra.symptoms import SYMPTOMS, symptom_alarms
from tests.engines import running_cloud
from tests.providers.http_double import until

STAGE = "firing"
OWN_ALARMS = {
    **function_alarms("Relay", "relay-order-events", {"DynamoDB"}, 30),
    **function_alarms("Api", "api", set(), 29),
    **stage_alarms(),
}
NAMES = sorted(OWN_ALARMS)


def template():
    """The alarms as they are deployed, over functions by name and a topic of this test."""
    resources = OWN_ALARMS | symptom_alarms(OWN_ALARMS)
    text = json.dumps({"Resources": resources, "Parameters": {"Stage": {"Type": "String"}}})
    topic = json.dumps({"Fn::ImportValue": {"Fn::Sub": "docket-${Stage}-data-OpsAlarmsTopicArn"}})
    for name in ("Relay", "Api"):
        text = text.replace(json.dumps({"Ref": name}), json.dumps(name.lower()))
    return text.replace(topic, json.dumps(f"arn:aws:sns:{cloud.REGION}:{cloud.ACCOUNT}:alarms"))


@pytest.fixture(scope="module")
def local_aws(tmp_path_factory):
    """The alarms, deployed; what is yielded makes a client of a service."""
    with running_cloud(tmp_path_factory.mktemp("alarms")) as endpoint:
        keys = cloud.CREDENTIALS
        session = boto3.Session(
            keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=cloud.REGION
        )

        def client(service):
            return session.client(service, endpoint_url=endpoint)

        client("sns").create_topic(Name="alarms")
        stand_in_for_the_data_stack(client("cloudwatch"))
        client("cloudformation").create_stack(
            StackName="alarms",
            TemplateBody=template(),
            Parameters=[{"ParameterKey": "Stage", "ParameterValue": STAGE}],
        )
        stacks = client("cloudformation")
        assert until(lambda: _status(stacks) == "CREATE_COMPLETE"), _status(stacks)
        yield client


def stand_in_for_the_data_stack(cloudwatch):
    """Symptoms stand on its alarms too, and on those of functions that are not deployed here."""
    here = {name_of(logical_id) for logical_id in NAMES}
    wanted = {f"docket-{STAGE}-{part}" for _, parts in SYMPTOMS.values() for part in parts}
    for name in wanted - here:
        cloudwatch.put_metric_alarm(
            AlarmName=name, Namespace="Elsewhere", MetricName=name, Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip


def _status(stacks):
    return stacks.describe_stacks(StackName="alarms")["Stacks"][0]["StackStatus"]


def name_of(logical_id):
    return OWN_ALARMS[logical_id]["Properties"]["AlarmName"]["Fn::Sub"].replace("${Stage}", STAGE)


def state_of(client, name):
    found = client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    [alarm] = found["MetricAlarms"] + found["CompositeAlarms"]
    return alarm["StateValue"]


def inject(client, name):
    """What the fault would make of the alarm's metric, in every period that it looks at."""
    [alarm] = client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    too_little = alarm["ComparisonOperator"] == "LessThanThreshold"
    value = 0 if too_little else alarm["Threshold"] + 1
    now = datetime.now(UTC)
    for period in reversed(range(alarm["EvaluationPeriods"])):
        datum = {
            "MetricName": alarm["MetricName"],
            "Dimensions": alarm["Dimensions"],
            "Timestamp": now - timedelta(seconds=period * alarm["Period"]),
            "Value": value,
        }
        client("cloudwatch").put_metric_data(Namespace=alarm["Namespace"], MetricData=[datum])


@pytest.mark.parametrize("symptom", sorted(SYMPTOMS))
def test_a_symptom_rings_with_any_of_its_parts(local_aws, symptom):
    client = local_aws
    name = f"docket-{STAGE}-{symptom}"
    inject(client, f"docket-{STAGE}-{SYMPTOMS[symptom][1][-1]}")
    assert until(lambda: state_of(client, name) == "ALARM"), name
