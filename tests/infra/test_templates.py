"""What the templates promise: nothing lost, nobody allowed more than needed, somebody told."""

import json
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from chalicelib.config import Settings
from chalicelib.domain.receipts import OWED_RECEIPTS
from infra.paths import DATA_TEMPLATE, MERGE_TEMPLATE, STANDBY_TEMPLATE

CFN_LINT = Path(sys.executable).with_name("cfn-lint")
SUBSCRIPTIONS = {
    "customer": "NotificationsSubscription",
    "merchant": "MerchantDeliveriesSubscription",
    "invoices": "InvoicesSubscription",
}
# Where AWS knows no narrower resource, or the narrower one cannot be named.
STAR_RESOURCES = {
    ("xray:PutTelemetryRecords", "xray:PutTraceSegments"),  # traces have no resource
    ("cloudwatch:DescribeAlarms",),  # composite alarms are only told to whoever may see all
    ("sns:Publish",),  # a text message's resource is the phone number
}


@pytest.mark.parametrize("form", ["data", "standby", "packaged", "transformed"])
def test_cfn_lint_finds_nothing(form, package, app_template, tmp_path):
    path = {"data": DATA_TEMPLATE, "standby": STANDBY_TEMPLATE}.get(form)
    if path is None:
        path = tmp_path / "template.json"
        path.write_text(json.dumps(package.sam_template if form == "packaged" else app_template))

    lint = subprocess.run(
        [CFN_LINT, "--template", str(path), "--regions", "us-east-1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert lint.stdout == ""
    assert lint.returncode == 0


def test_every_part_of_the_merge_file_is_about_something_that_is_packaged(app_template):
    written = re.findall(
        r"^  (\w+):$", MERGE_TEMPLATE.read_text().split("\nResources:")[1], re.MULTILINE
    )

    assert set(written) <= set(app_template["Resources"])


def test_every_mapping_reports_partial_failures(of_type):
    for mapping in of_type("AWS::Lambda::EventSourceMapping").values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert "placeholder" not in json.dumps(mapping["EventSourceArn"])


def test_every_stream_mapping_is_bounded_and_sets_aside_what_it_cannot_do(of_type):
    streams = [
        mapping
        for mapping in of_type("AWS::Lambda::EventSourceMapping").values()
        if mapping["EventSourceArn"] == {"Ref": "OrdersStreamArn"}
    ]

    assert streams
    for mapping in streams:
        assert mapping["BisectBatchOnFunctionError"] is True
        assert 0 < mapping["MaximumRetryAttempts"] < 100
        assert 3600 <= mapping["MaximumRecordAgeInSeconds"] < 86400
        assert mapping["StartingPosition"] == "TRIM_HORIZON"
        assert "RelayFailuresQueueArn" in json.dumps(mapping["DestinationConfig"]["OnFailure"])
        (pattern,) = mapping["FilterCriteria"]["Filters"]
        assert json.loads(pattern["Pattern"]) == {
            "eventName": ["INSERT"],
            "dynamodb": {"Keys": {"SK": {"S": [{"prefix": "event#"}]}}},
        }


def test_every_queue_that_is_consumed_has_a_dead_letter_queue_with_an_alarm(data_template):
    resources = data_template["Resources"]
    queues = {name: one for name, one in resources.items() if one["Type"] == "AWS::SQS::Queue"}
    watched = json.dumps([one for one in resources.values() if one["Type"].endswith("::Alarm")])

    for name, queue in queues.items():
        if name.endswith("Queue") and name != "RelayFailuresQueue":
            target = queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]
            dead_letters = target["Fn::GetAtt"][0]
            assert dead_letters in queues
            assert f'["{dead_letters}", "QueueName"]' in watched
    assert '["RelayFailuresQueue", "QueueName"]' in watched


def test_a_message_stays_hidden_longer_than_any_attempt_at_it_lasts(of_type, app_template):
    timeouts = {
        name.removeprefix("Deliver"): one["Timeout"]
        for name, one in of_type("AWS::Lambda::Function").items()
        if name.startswith("Deliver")
    }
    for name, queue in of_type("AWS::SQS::Queue").items():
        if "RedrivePolicy" in queue:
            assert queue["VisibilityTimeout"] >= 6 * max(timeouts.values()), name


@pytest.mark.parametrize("consumer", sorted(OWED_RECEIPTS))
def test_each_consumer_is_sent_exactly_the_events_it_owes_receipts_for(consumer, data_template):
    subscription = data_template["Resources"][SUBSCRIPTIONS[consumer]]["Properties"]

    assert subscription["FilterPolicyScope"] == "MessageAttributes"
    assert subscription["RawMessageDelivery"] is True
    assert set(subscription["FilterPolicy"]["type"]) == OWED_RECEIPTS[consumer]


def test_what_must_not_be_lost_outlives_its_stack(data_template):
    kept = ("AWS::DynamoDB::Table", "AWS::Cognito::UserPool", "AWS::KMS::Key", "AWS::SQS::Queue")
    for name, resource in data_template["Resources"].items():
        if resource["Type"] in kept:
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


def test_every_table_is_protected_encrypted_and_can_be_restored(of_type):
    for table in of_type("AWS::DynamoDB::Table").values():
        assert table["DeletionProtectionEnabled"] is True
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}


def test_every_bucket_is_private_encrypted_versioned_and_forgets_in_time(of_type):
    buckets = of_type("AWS::S3::Bucket")
    assert {"InvoicesBucket", "StandingBucket"} <= buckets.keys()
    for bucket in buckets.values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        key = encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]
        assert key == {"Fn::GetAtt": ["DataKey", "Arn"]}
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket["OwnershipControls"] == {
            "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
        }
    old, taken = buckets["StandingBucket"]["LifecycleConfiguration"]["Rules"]
    assert old["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert (taken["Prefix"], taken["ExpirationInDays"]) == ("taken/", 90)


def test_every_bucket_refuses_whoever_comes_without_tls(of_type):
    policies = {
        policy["Bucket"]["Ref"]: policy["PolicyDocument"]["Statement"]
        for policy in of_type("AWS::S3::BucketPolicy").values()
    }
    for bucket in of_type("AWS::S3::Bucket"):
        assert policies[bucket] == [
            {
                "Sid": "OnlyOverTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [
                    {"Fn::GetAtt": [bucket, "Arn"]},
                    {"Fn::Sub": f"${{{bucket}.Arn}}/*"},
                ],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]


def test_orders_that_wait_are_kept_encrypted_for_fourteen_days(data_template, standby_template):
    for template in (data_template, standby_template):
        for name, queue in template["Resources"].items():
            if name in {"OrderIntakeQueue", "StandbyQueue"}:
                properties = queue["Properties"]
                assert properties["KmsMasterKeyId"]
                assert properties["MessageRetentionPeriod"] == 14 * 86_400
                assert properties["RedrivePolicy"]["maxReceiveCount"] == 1000
                assert queue["DeletionPolicy"] == queue["UpdateReplacePolicy"] == "Retain"


def test_the_drain_is_paced(of_type):
    (mapping,) = [
        mapping
        for mapping in of_type("AWS::Lambda::EventSourceMapping").values()
        if "OrderIntakeQueueArn" in json.dumps(mapping["EventSourceArn"])
    ]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": {"Fn::If": ["IsDemo", 2, 5]}}
    assert mapping["BatchSize"] == 10


def statements(role):
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            yield statement, (actions,) if isinstance(actions, str) else tuple(actions)


def test_every_function_has_a_policy_of_its_own(of_type):
    for name, role in of_type("AWS::IAM::Role").items():
        own = [policy for policy in role["Policies"] if policy["PolicyName"].startswith(name)]
        assert any(policy["PolicyDocument"]["Statement"] for policy in own), name


def test_no_policy_grants_an_unbounded_action_or_resource_without_a_reason(of_type):
    for role in of_type("AWS::IAM::Role").values():
        for statement, actions in statements(role):
            assert not [action for action in actions if "*" in action]
            if statement["Resource"] == "*":
                assert actions in STAR_RESOURCES


def test_every_setting_comes_from_the_template(of_type):
    wanted = {f"DOCKET_{field.name.upper()}" for field in msgspec.structs.fields(Settings)}
    for function in of_type("AWS::Lambda::Function").values():
        given = function["Environment"]["Variables"]
        assert {name for name in given if name.startswith("DOCKET_")} == wanted - {"DOCKET_REGION"}


def test_functions_have_memory_time_and_tracing_of_their_own(of_type):
    for name, function in of_type("AWS::Lambda::Function").items():
        assert function["MemorySize"] >= 256, name
        assert 5 <= function["Timeout"] <= 900, name
        assert function["TracingConfig"] == {"Mode": "Active"}, name


def test_each_function_has_its_alarms_and_streams_have_one_for_their_age(of_type):
    names = of_type("AWS::CloudWatch::Alarm")
    for function in of_type("AWS::Lambda::Function"):
        assert {f"{function}ErrorsAlarm", f"{function}ThrottlesAlarm"} <= set(names)
    assert "RelayOrderEventsIteratorAgeAlarm" in names


def test_a_sweep_that_does_not_run_is_noticed(of_type):
    alarm = of_type("AWS::CloudWatch::Alarm")["SweepMissedAlarm"]

    assert alarm["TreatMissingData"] == "breaching"
    (rule,) = [
        rule for rule in of_type("AWS::Events::Rule").values() if "SweepExceptions" in str(rule)
    ]
    assert rule["ScheduleExpression"] == "rate(1 minute)"


def test_any_method_on_any_path_reaches_the_functions_own_answer(app_template):
    paths = app_template["Resources"]["RestAPI"]["Properties"]["Body"]["paths"]

    assert len(paths) > 20
    for path, item in paths.items():
        assert "x-amazon-apigateway-any-method" in item, path


def test_the_gateway_answers_in_problem_documents(app_template):
    body = app_template["Resources"]["RestAPI"]["Properties"]["Body"]
    responses = body["x-amazon-apigateway-gateway-responses"]

    for kind, status in (("MISSING_AUTHENTICATION_TOKEN", 404), ("REQUEST_TOO_LARGE", 413)):
        assert responses[kind]["statusCode"] == status
    for response in responses.values():
        problem = json.loads(response["responseTemplates"]["application/json"])
        assert {"type", "title", "status", "detail", "instance", "code", "request_id"} <= set(
            problem
        )
        assert problem["status"] == response["statusCode"]


def test_one_name_for_a_path_variable_at_each_position(app_template):
    names = {}
    for path in app_template["Resources"]["RestAPI"]["Properties"]["Body"]["paths"]:
        parts = path.split("/")
        for index, part in enumerate(parts):
            if part.startswith("{"):
                names.setdefault("/".join(parts[:index]), set()).add(part)

    assert {place: found for place, found in names.items() if len(found) > 1} == {}
