"""boto3: repositories, their tags, policies and settings."""

import json

import images
import pytest

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "ecr:*"}],
}


def _lifecycle(**selection):
    rule = {
        "rulePriority": 1,
        "description": "kept short so that the store stays small",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", **selection},
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]})




def a_repository_is_created_described_and_deleted(ecr):
    made = ecr.create_repository(
        repositoryName="team/app",
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "dev-*"}],
        imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "KMS"},
        tags=[{"Key": "team", "Value": "x"}],
    )["repository"]
    assert made["repositoryArn"] == "arn:aws:ecr:us-east-1:123456789012:repository/team/app"
    found = ecr.describe_repositories(repositoryNames=["team/app"])["repositories"]
    assert found == [made]
    with pytest.raises(ecr.exceptions.RepositoryAlreadyExistsException):
        ecr.create_repository(repositoryName="team/app")
    images.push(ecr, "team/app", b"layer")
    with pytest.raises(ecr.exceptions.RepositoryNotEmptyException):
        ecr.delete_repository(repositoryName="team/app")
    assert ecr.delete_repository(repositoryName="team/app", force=True)["repository"] == made
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException) as refused:
        ecr.describe_repositories(repositoryNames=["team/app"])
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "team/app" in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize("paging", ["full", "short"])
def every_repository_is_on_one_page(ecr, sandbox, paging):
    names = [f"r{number:03}" for number in range(230)]
    for name in names:
        ecr.create_repository(repositoryName=name)
    sandbox.settings(paging=paging)
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 50})
    found = [[entry["repositoryName"] for entry in page["repositories"]] for page in pages]
    assert len(found) == 5 if paging == "full" else len(found) > 5
    assert sum(found, []) == names
    default = ecr.get_paginator("describe_repositories").paginate()
    assert len(list(default.search("repositories[].repositoryName"))) == 230
    some = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"MaxItems": 7})
    assert len(some.build_full_result()["repositories"]) == 7


def a_token_of_another_call_is_refused(ecr):
    for name in ("aa", "bb", "cc"):
        ecr.create_repository(repositoryName=name)
    token = ecr.describe_repositories(maxResults=1)["nextToken"]
    assert ecr.describe_repositories(maxResults=2, nextToken=token)["repositories"]
    with pytest.raises(ecr.exceptions.InvalidParameterException):
        ecr.list_images(repositoryName="aa", nextToken=token)


def tags_of_a_repository_are_set_and_taken_away(ecr):
    arn = ecr.create_repository(repositoryName="app")["repository"]["repositoryArn"]
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": ""}])
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": "b", "Value": "3"}])
    tags = ecr.list_tags_for_resource(resourceArn=arn)["tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"a": "", "b": "3"}
    ecr.untag_resource(resourceArn=arn, tagKeys=["a", "missing"])
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "b", "Value": "3"}]
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
        ecr.list_tags_for_resource(resourceArn=arn + "x")


def the_policy_of_a_repository_is_kept_until_it_is_deleted(ecr):
    ecr.create_repository(repositoryName="app")
    with pytest.raises(ecr.exceptions.RepositoryPolicyNotFoundException):
        ecr.get_repository_policy(repositoryName="app")
    ecr.set_repository_policy(repositoryName="app", policyText=json.dumps(POLICY))
    text = ecr.get_repository_policy(repositoryName="app")["policyText"]
    assert json.loads(text) == POLICY
    ecr.delete_repository_policy(repositoryName="app")
    with pytest.raises(ecr.exceptions.RepositoryPolicyNotFoundException):
        ecr.delete_repository_policy(repositoryName="app")


def a_lifecycle_policy_is_kept_until_it_is_deleted(ecr):
    ecr.create_repository(repositoryName="app")
    text = _lifecycle(countNumber=3)
    ecr.put_lifecycle_policy(repositoryName="app", lifecyclePolicyText=text)
    assert ecr.get_lifecycle_policy(repositoryName="app")["lifecyclePolicyText"] == text
    ecr.delete_lifecycle_policy(repositoryName="app")
    with pytest.raises(ecr.exceptions.LifecyclePolicyNotFoundException):
        ecr.get_lifecycle_policy(repositoryName="app")
    with pytest.raises(ecr.exceptions.InvalidParameterException):
        ecr.put_lifecycle_policy(repositoryName="app", lifecyclePolicyText="{}" + " " * 100)


def a_lifecycle_preview_is_waited_for_and_paged(ecr, sandbox):
    sandbox.control("images", {"repositoryName": "app", "count": 60})
    text = _lifecycle(countNumber=10)
    begun = ecr.start_lifecycle_policy_preview(repositoryName="app", lifecyclePolicyText=text)
    assert begun["status"] == "IN_PROGRESS"
    with pytest.raises(ecr.exceptions.LifecyclePolicyPreviewInProgressException):
        ecr.start_lifecycle_policy_preview(repositoryName="app", lifecyclePolicyText=text)
    waiter = ecr.get_waiter("lifecycle_policy_preview_complete")
    waiter.wait(repositoryName="app", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    paginator = ecr.get_paginator("get_lifecycle_policy_preview")
    pages = list(paginator.paginate(repositoryName="app", PaginationConfig={"PageSize": 20}))
    assert [len(page["previewResults"]) for page in pages] == [20, 20, 10]
    assert pages[0]["summary"]["expiringImageTotalCount"] == 50
    digests = {result["imageDigest"] for page in pages for result in page["previewResults"]}
    assert len(digests) == 50


def whether_tags_may_move_and_pushes_are_scanned_is_changed(ecr):
    ecr.create_repository(repositoryName="app")
    ecr.put_image_tag_mutability(repositoryName="app", imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(
        repositoryName="app", imageScanningConfiguration={"scanOnPush": True}
    )
    found = ecr.describe_repositories(repositoryNames=["app"])["repositories"][0]
    assert found["imageTagMutability"] == "IMMUTABLE"
    assert found["imageScanningConfiguration"] == {"scanOnPush": True}
    scanning = ecr.batch_get_repository_scanning_configuration(repositoryNames=["app", "none"])
    assert scanning["scanningConfigurations"][0]["scanOnPush"] is True
    assert scanning["failures"][0]["failureCode"] == "REPOSITORY_NOT_FOUND"


def accounts_and_regions_have_their_own_repositories(ecr, sandbox, _models):
    import conftest

    other = "210987654321"
    sandbox.settings(callers={"AKIAOTHER": other})
    ecr.create_repository(repositoryName="here")
    foreign = conftest.client(
        _models, "ecr", sandbox.url, aws_access_key_id="AKIAOTHER", region_name="eu-west-1"
    )
    made = foreign.create_repository(repositoryName="there")["repository"]
    assert made["registryId"] == other and ".eu-west-1." in made["repositoryUri"]
    assert len(ecr.describe_repositories()["repositories"]) == 1
    west = conftest.client(_models, "ecr", sandbox.url, region_name="eu-west-1")
    across = west.describe_repositories(registryId=other)["repositories"]
    assert [entry["repositoryName"] for entry in across] == ["there"]
