"""boto3: what belongs to a whole registry."""

import base64
import json

import images
import pytest


def a_token_opens_each_registry_for_twelve_hours(ecr):
    data = ecr.get_authorization_token(registryIds=["123456789012"])["authorizationData"]
    assert base64.b64decode(data[0]["authorizationToken"]).startswith(b"AWS:")
    assert data[0]["proxyEndpoint"].endswith(".amazonaws.com")


def the_registry_s_policy_is_kept_until_it_is_deleted(ecr):
    principal = {"AWS": "arn:aws:iam::210987654321:root"}
    rule = {"Sid": "r", "Effect": "Allow", "Principal": principal, "Action": "ecr:*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [rule]})
    ecr.put_registry_policy(policyText=text)
    assert json.loads(ecr.get_registry_policy()["policyText"])["Statement"] == [rule]
    ecr.delete_registry_policy()
    with pytest.raises(ecr.exceptions.RegistryPolicyNotFoundException):
        ecr.get_registry_policy()


def the_registry_s_scanning_is_changed(ecr):
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"]["rules"] == []
    repositories = [{"filter": "*", "filterType": "WILDCARD"}]
    rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": repositories}]
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=rules)
    found = ecr.get_registry_scanning_configuration()["scanningConfiguration"]
    assert found == {"scanType": "BASIC", "rules": rules}


def an_account_s_settings_are_changed(ecr):
    name = "BLOB_MOUNTING"
    assert ecr.get_account_setting(name=name)["value"] == "DISABLED"
    ecr.put_account_setting(name=name, value="ENABLED")
    assert ecr.get_account_setting(name=name) | {"ResponseMetadata": 0} == {
        "name": name,
        "value": "ENABLED",
        "ResponseMetadata": 0,
    }


def images_are_replicated_as_the_registry_says(ecr):
    to = {"region": "eu-west-1", "registryId": "123456789012"}
    rules = [{"destinations": [to]}]
    ecr.put_replication_configuration(replicationConfiguration={"rules": rules})
    assert ecr.describe_registry()["replicationConfiguration"]["rules"] == rules
    ecr.create_repository(repositoryName="app")
    digest = images.push(ecr, "app", b"one")
    status = ecr.describe_image_replication_status(
        repositoryName="app", imageId={"imageDigest": digest}
    )
    assert status["replicationStatuses"][0]["region"] == "eu-west-1"


def a_replication_backfill_is_started_looked_at_and_stopped(ecr):
    to = {"region": "eu-west-1", "registryId": "123456789012"}
    begun = ecr.start_replication_backfill(destination=to)
    backfill = begun["replicationBackfillId"]
    with pytest.raises(ecr.exceptions.ReplicationBackfillInProgressException):
        ecr.start_replication_backfill(destination=to)
    other = ecr.start_replication_backfill(destination={**to, "region": "eu-west-2"})
    pages = ecr.get_paginator("list_replication_backfills").paginate(
        PaginationConfig={"PageSize": 1}
    )
    found = set(pages.search("backfills[].replicationBackfillId"))
    assert found == {backfill, other["replicationBackfillId"]}
    pages = ecr.get_paginator("describe_replication_backfill_results").paginate(
        replicationBackfillId=backfill
    )
    assert pages.build_full_result()["results"] == []
    stopped = ecr.stop_replication_backfill(replicationBackfillId=backfill)
    assert stopped["status"] == "STOPPING"
    with pytest.raises(ecr.exceptions.ReplicationBackfillInvalidStatusException):
        ecr.stop_replication_backfill(replicationBackfillId=backfill)


def pull_through_rules_are_made_changed_checked_and_paged(ecr):
    secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/"
    for prefix in ("aa", "bb", "cc"):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix,
            upstreamRegistryUrl="registry-1.docker.io",
            credentialArn=secret + "old",
        )
    with pytest.raises(ecr.exceptions.PullThroughCacheRuleAlreadyExistsException):
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix="aa", upstreamRegistryUrl="quay.io"
        )
    ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="aa", credentialArn=secret + "new")
    checked = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="aa")
    assert checked["isValid"] is True and checked["credentialArn"].endswith("new")
    pages = ecr.get_paginator("describe_pull_through_cache_rules").paginate(
        PaginationConfig={"PageSize": 2}
    )
    prefixes = list(pages.search("pullThroughCacheRules[].ecrRepositoryPrefix"))
    assert prefixes == ["aa", "bb", "cc"]
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="aa")
    with pytest.raises(ecr.exceptions.PullThroughCacheRuleNotFoundException):
        ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="aa")


def creation_templates_are_made_changed_and_paged(ecr):
    for prefix in ("aa", "bb", "cc"):
        ecr.create_repository_creation_template(
            prefix=prefix,
            appliedFor=["PULL_THROUGH_CACHE"],
            description="made by a test",
            imageTagMutability="IMMUTABLE",
            encryptionConfiguration={"encryptionType": "AES256"},
            resourceTags=[{"Key": "team", "Value": "x"}],
        )
    changed = ecr.update_repository_creation_template(prefix="bb", appliedFor=["REPLICATION"])
    assert changed["repositoryCreationTemplate"]["appliedFor"] == ["REPLICATION"]
    assert changed["repositoryCreationTemplate"]["imageTagMutability"] == "IMMUTABLE"
    pages = ecr.get_paginator("describe_repository_creation_templates").paginate(
        PaginationConfig={"PageSize": 2}
    )
    prefixes = list(pages.search("repositoryCreationTemplates[].prefix"))
    assert prefixes == ["aa", "bb", "cc"]
    ecr.delete_repository_creation_template(prefix="aa")
    with pytest.raises(ecr.exceptions.TemplateNotFoundException):
        ecr.delete_repository_creation_template(prefix="aa")


def images_are_signed_as_the_registry_says(ecr):
    with pytest.raises(ecr.exceptions.SigningConfigurationNotFoundException):
        ecr.get_signing_configuration()
    profile = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/own"
    rules = [{"signingProfileArn": profile}]
    ecr.put_signing_configuration(signingConfiguration={"rules": rules})
    assert ecr.get_signing_configuration()["signingConfiguration"]["rules"] == rules
    ecr.create_repository(repositoryName="app")
    image = {"imageDigest": images.push(ecr, "app", b"one")}
    status = ecr.describe_image_signing_status(repositoryName="app", imageId=image)
    assert status["signingStatuses"][0]["signingProfileArn"] == profile
    ecr.delete_signing_configuration()


def principals_are_left_out_of_pull_times(ecr):
    arns = [f"arn:aws:iam::123456789012:role/scanner-{number}" for number in range(3)]
    for arn in arns:
        ecr.register_pull_time_update_exclusion(principalArn=arn)
    with pytest.raises(ecr.exceptions.ExclusionAlreadyExistsException):
        ecr.register_pull_time_update_exclusion(principalArn=arns[0])
    first = ecr.list_pull_time_update_exclusions(maxResults=2)
    rest = ecr.list_pull_time_update_exclusions(maxResults=2, nextToken=first["nextToken"])
    listed = first["pullTimeUpdateExclusions"] + rest["pullTimeUpdateExclusions"]
    assert listed == arns
    ecr.deregister_pull_time_update_exclusion(principalArn=arns[0])
    with pytest.raises(ecr.exceptions.ExclusionNotFoundException):
        ecr.deregister_pull_time_update_exclusion(principalArn=arns[0])
