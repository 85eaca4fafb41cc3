"""Production as a whole, applied to an emulated AWS and read back through AWS's own API."""

import base64
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.hosts.account import user_data
from tests.infra.conftest import Client
from tests.infra.terraform import Terraform
from tests.processes import ROOT

# What moto does not tell of what it was told, so that a second plan would say it again.
# What stands here no test of ours can prove.
EMULATOR_GAPS = {
    "aws_autoscaling_group": {
        "capacity_reservation_specification",  # null where AWS has none
        "default_instance_warmup",  # forgotten
        "instance_maintenance_policy",  # forgotten
        "launch_template",  # its version is missing
        "mixed_instances_policy",  # forgotten
    },
    "aws_autoscaling_policy": {
        "enabled",  # always false
        "predictive_scaling_configuration",  # empty where AWS has none
    },
    "aws_db_instance": {"performance_insights_enabled", "performance_insights_kms_key_id"},
    "aws_db_parameter_group": {"parameter"},  # forgotten
    # Tags come back in another order; a new version would follow.
    "aws_launch_template": {"default_version", "latest_version", "tag_specifications"},
    "aws_sqs_queue": {"redrive_policy"},  # the same JSON with spaces
    "aws_vpc_security_group_ingress_rule": {"description"},  # forgotten beside a group
}
NAME = "events-production"

pytestmark = pytest.mark.usefixtures("environment")


def test_it_would_change_nothing_when_applied_again(environment: Terraform) -> None:
    unexplained = [
        (change["address"], change["change"]["actions"], sorted(names))
        for change in environment.plan()
        if (names := changed_names(change["change"]) - EMULATOR_GAPS.get(change["type"], set()))
        or change["change"]["actions"] != ["update"]
    ]

    assert unexplained == []


def changed_names(change: dict[str, Any]) -> set[str]:
    before, after = change["before"] or {}, change["after"] or {}
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_it_sets_aside_what_is_received_too_often(client: Client) -> None:
    sqs = client("sqs")

    def attributes(kind: str) -> dict[str, str]:
        url = sqs.get_queue_url(QueueName=f"{NAME}-{kind}")["QueueUrl"]
        found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])[
            "Attributes"
        ]
        return found

    work, dead_letter = attributes("work"), attributes("dead-letter")
    policy = json.loads(work["RedrivePolicy"])
    assert policy["deadLetterTargetArn"] == dead_letter["QueueArn"]
    assert policy["maxReceiveCount"] == 41
    assert json.loads(dead_letter["RedriveAllowPolicy"])["sourceQueueArns"] == [work["QueueArn"]]
    assert dead_letter["MessageRetentionPeriod"] == "1209600"
    assert work["VisibilityTimeout"] == "20"
    assert all("KmsMasterKeyId" in attributes(kind) for kind in ("work", "worker-events"))


def test_it_scales_workers_by_what_is_ready(client: Client) -> None:
    policies = client("autoscaling").describe_policies(AutoScalingGroupName=f"{NAME}-worker")
    by_name = {each["PolicyName"]: each for each in policies["ScalingPolicies"]}
    tracking = by_name["backlog"]["TargetTrackingConfiguration"]
    metrics = {each["Id"]: each for each in tracking["CustomizedMetricSpecification"]["Metrics"]}

    assert tracking["TargetValue"] == 100 * 30
    visible = metrics["visible"]["MetricStat"]["Metric"]
    assert visible["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert visible["Dimensions"] == [{"Name": "QueueName", "Value": f"{NAME}-work"}]
    in_service = metrics["workers"]["MetricStat"]["Metric"]
    assert in_service["MetricName"] == "GroupInServiceInstances"
    assert metrics["backlog_per_worker"]["Expression"] == (
        "IF(workers > 0, visible / workers, visible)"
    )
    assert by_name["pace"]["TargetTrackingConfiguration"]["TargetValue"] == 70
    assert {
        each["MetricIntervalLowerBound"]: each["ScalingAdjustment"]
        for each in by_name["wait"]["StepAdjustments"]
    } == {0: 20, 120: 50}


def test_it_scales_the_api_by_requests_and_cpu(client: Client) -> None:
    autoscaling = client("autoscaling")
    policies = autoscaling.describe_policies(AutoScalingGroupName=f"{NAME}-api")["ScalingPolicies"]
    kinds = {
        each["TargetTrackingConfiguration"]["PredefinedMetricSpecification"]["PredefinedMetricType"]
        for each in policies
    }
    (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[f"{NAME}-api"])[
        "AutoScalingGroups"
    ]

    assert kinds == {"ALBRequestCountPerTarget", "ASGAverageCPUUtilization"}
    assert (group["MinSize"], group["MaxSize"], group["HealthCheckType"]) == (2, 10, "ELB")
    assert len(group["TargetGroupARNs"]) == 1


def test_it_lets_workers_finish_and_configures_them_first(client: Client) -> None:
    hooks = client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName=f"{NAME}-worker")
    by_name = {each["LifecycleHookName"]: each for each in hooks["LifecycleHooks"]}

    assert by_name["drain"]["LifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"
    assert (by_name["drain"]["HeartbeatTimeout"], by_name["drain"]["DefaultResult"]) == (
        85,
        "CONTINUE",
    )
    assert by_name["configure"]["DefaultResult"] == "ABANDON"


@pytest.mark.parametrize("kind", ["api", "worker"])
def test_it_gives_hosts_the_user_data_that_booted_ones_are_tried_with(
    kind: str, environment: Terraform
) -> None:
    templates = environment.state_of("aws_launch_template")
    given = {each["name"]: each["user_data"] for each in templates}
    bucket = environment.outputs()["release_bucket"]

    assert base64.b64decode(given[f"{NAME}-{kind}"]).decode() == user_data(
        kind, name=NAME, bucket=bucket
    )


@pytest.mark.parametrize("table", ["events", "platform"])
def test_it_keeps_tables_safe_and_lets_items_expire(table: str, client: Client) -> None:
    dynamodb, name = client("dynamodb"), f"{NAME}-{table}"
    described = dynamodb.describe_table(TableName=name)["Table"]
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]

    assert described["DeletionProtectionEnabled"]
    assert described["SSEDescription"]["SSEType"] == "KMS"
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    recovery = backups["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


def test_it_keeps_the_database_private_and_backed_up(client: Client) -> None:
    (database,) = client("rds").describe_db_instances()["DBInstances"]

    assert not database["PubliclyAccessible"]
    assert database["StorageEncrypted"]
    assert database["MultiAZ"]
    assert database["DeletionProtection"]
    assert database["BackupRetentionPeriod"] == 35


def test_it_lets_the_world_reach_the_load_balancer_alone(client: Client) -> None:
    groups = client("ec2").describe_security_groups()["SecurityGroups"]
    open_ports = {
        (rule["FromPort"], group["Description"])
        for group in groups
        for rule in group["IpPermissions"]
        if any(each["CidrIp"] == "0.0.0.0/0" for each in rule["IpRanges"])
        and group["GroupName"] != "default"
    }

    assert open_ports == {(port, f"The load balancer of {NAME}") for port in (80, 443)}


@pytest.mark.parametrize("kind", ["api", "worker", "monitoring"])
def test_it_starts_hosts_that_keep_their_role_to_themselves(kind: str, client: Client) -> None:
    versions = client("ec2").describe_launch_template_versions(LaunchTemplateName=f"{NAME}-{kind}")
    data = versions["LaunchTemplateVersions"][-1]["LaunchTemplateData"]
    script = base64.b64decode(data["UserData"]).decode()

    assert data["MetadataOptions"]["HttpTokens"] == "required"
    assert data["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert f"export HOST_KIND='{kind}'\n" in script
    assert "SECRET" not in script


def test_it_says_whose_everything_is(environment: Terraform, client: Client) -> None:
    tags = {"Project": "events", "Environment": "production", "ManagedBy": "terraform"}
    groups = client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    templates = environment.state_of("aws_launch_template")

    assert [
        each["address"]
        for each in environment.state()
        if "tags_all" in each["values"] and not tags.items() <= each["values"]["tags_all"].items()
    ] == []
    assert len(groups) == len(templates) == 3
    for group in groups:
        found = {each["Key"]: each["Value"] for each in group["Tags"]}
        assert tags.items() <= found.items(), group["AutoScalingGroupName"]
    # The playbooks find hosts by theirs.
    for each in templates:
        kind = each["name"].removeprefix(f"{NAME}-")
        of_hosts = [it for it in each["tag_specifications"] if it["resource_type"] == "instance"]
        assert [{**tags, "Name": each["name"], "Role": kind}] == [it["tags"] for it in of_hosts]


def test_it_pages_for_what_must_not_wait(environment: Terraform) -> None:
    # moto answers the platform's boto3 with 500 when asked for alarms.
    alarms = environment.state_of("aws_cloudwatch_metric_alarm")
    topic = environment.outputs()["alarm_topic_arn"]
    paging = {each["alarm_name"] for each in alarms if topic in each["alarm_actions"]}

    expected = {"dead-letters", "no-healthy-api", "work-stalled", "database-disk"}
    assert {f"{NAME}-{each}" for each in expected} <= paging
    assert f"{NAME}-missing-{NAME}-monitoring" in paging


def test_it_asks_hosts_for_their_own_health_and_shows_no_metrics(client: Client) -> None:
    balancing = client("elbv2")
    groups = balancing.describe_target_groups()["TargetGroups"]
    listeners = {
        each["Port"]: each
        for balancer in balancing.describe_load_balancers()["LoadBalancers"]
        for each in balancing.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])[
            "Listeners"
        ]
    }

    assert {each["HealthCheckPath"] for each in groups} == {"/health/live", "/api/health"}
    assert listeners[80]["DefaultActions"][0]["Type"] == "redirect"
    assert listeners[443]["DefaultActions"][0]["FixedResponseConfig"]["StatusCode"] == "404"


def test_it_writes_settings_that_the_platform_accepts(
    environment: Terraform, client: Client
) -> None:
    pages = (
        client("ssm").get_paginator("get_parameters_by_path").paginate(Path=f"/{NAME}/environment")
    )
    settings = {
        each["Name"].rpartition("/")[2]: each["Value"]
        for page in pages
        for each in page["Parameters"]
    }
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--fail-level=WARNING"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "x" * 64,
            "DATABASE_URL": "postgresql://platform:secret@database.example.com/platform",
            **settings,
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert settings == environment.outputs()["settings"]
    assert checked.returncode == 0, checked.stderr
