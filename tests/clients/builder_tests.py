"""boto3: image builds."""

import uuid

import pytest
from botocore.exceptions import WaiterError

BASE = "arn:aws:imagebuilder:us-east-1:123456789012"


def _build(builder, recipe="web", **members):
    return builder.create_image(
        imageRecipeArn=f"{BASE}:image-recipe/{recipe}/1.0.0",
        infrastructureConfigurationArn=f"{BASE}:infrastructure-configuration/infra",
        clientToken=str(uuid.uuid4()),
        **members,
    )["imageBuildVersionArn"]


def _at_once(sandbox):
    sandbox.settings(buildStages=[{"status": "AVAILABLE"}])


def an_image_is_built_looked_at_and_deleted(builder, sandbox):
    _at_once(sandbox)
    arn = _build(builder, tags={"team": "x"}, enhancedImageMetadataEnabled=True)
    assert arn == f"{BASE}:image/web/1.0.0/1"
    image = builder.get_image(imageBuildVersionArn=arn)["image"]
    assert image["state"]["status"] == "AVAILABLE"
    assert image["outputResources"]["amis"][0]["image"].startswith("ami-")
    builder.delete_image(imageBuildVersionArn=arn)
    with pytest.raises(builder.exceptions.ClientError) as refused:
        builder.get_image(imageBuildVersionArn=arn)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def a_build_is_waited_for(builder, sandbox):
    waiter = builder.get_waiter("image_available")
    sandbox.settings(buildStages=[{"status": "BUILDING", "seconds": 1}, {"status": "AVAILABLE"}])
    often = {"Delay": 0.2, "MaxAttempts": 50}
    waiter.wait(imageBuildVersionArn=_build(builder), WaiterConfig=often)
    for status in ("FAILED", "CANCELLED"):
        sandbox.settings(buildStages=[{"status": status, "reason": "as asked"}])
        with pytest.raises(WaiterError, match=status):
            waiter.wait(imageBuildVersionArn=_build(builder), WaiterConfig=often)


def a_container_image_names_its_repository(builder, sandbox):
    _at_once(sandbox)
    arn = builder.create_image(
        containerRecipeArn=f"{BASE}:container-recipe/web/1.0.0",
        infrastructureConfigurationArn=f"{BASE}:infrastructure-configuration/infra",
        clientToken="token",
    )["imageBuildVersionArn"]
    image = builder.get_image(imageBuildVersionArn=arn)["image"]
    assert image["type"] == "DOCKER"
    assert image["outputResources"]["containers"]


@pytest.mark.parametrize("word", ["fails", "cancelled", "deleted", "deprecated", "disabled"])
def a_build_ends_as_its_recipe_s_name_says(builder, sandbox, word):
    _at_once(sandbox)
    arn = _build(builder, recipe=f"web-{word}")
    image = builder.get_image(imageBuildVersionArn=arn)["image"]
    assert image["state"]["status"] in ("FAILED", word.upper(), "AVAILABLE")


def a_build_under_way_is_cancelled(builder):
    arn = _build(builder)
    builder.cancel_image_creation(imageBuildVersionArn=arn, clientToken="stop")
    state = builder.get_image(imageBuildVersionArn=arn)["image"]["state"]
    assert state["status"] == "CANCELLED"


def a_repeated_token_gives_the_same_build_and_no_other(builder):
    call = {
        "imageRecipeArn": f"{BASE}:image-recipe/web/1.0.0",
        "infrastructureConfigurationArn": f"{BASE}:infrastructure-configuration/infra",
        "clientToken": "token",
    }
    first = builder.create_image(**call)
    assert builder.create_image(**call)["imageBuildVersionArn"] == first["imageBuildVersionArn"]
    with pytest.raises(builder.exceptions.IdempotentParameterMismatchException):
        builder.create_image(**call, tags={"a": "b"})


def a_pipeline_is_started(builder):
    arn = builder.start_image_pipeline_execution(
        imagePipelineArn=f"{BASE}:image-pipeline/nightly", clientToken="token"
    )["imageBuildVersionArn"]
    image = builder.get_image(imageBuildVersionArn=arn)["image"]
    assert image["sourcePipelineArn"] == f"{BASE}:image-pipeline/nightly"


def images_and_builds_are_paged(builder, sandbox):
    _at_once(sandbox)
    for name in ("aaaa", "bbbb", "cccc"):
        for _ in range(3):
            _build(builder, recipe=name)
    pages = builder.get_paginator("list_images").paginate(
        owner="Self", PaginationConfig={"PageSize": 2}
    )
    versions = list(pages.search("imageVersionList[].arn"))
    assert versions == [f"{BASE}:image/{name}/1.0.0" for name in ("aaaa", "bbbb", "cccc")]
    pages = builder.get_paginator("list_image_build_versions").paginate(
        imageVersionArn=versions[1], PaginationConfig={"PageSize": 2}
    )
    builds = list(pages.search("imageSummaryList[].arn"))
    assert sorted(builds) == [f"{versions[1]}/{number}" for number in (1, 2, 3)]
    named = builder.list_images(filters=[{"name": "name", "values": ["bbbb"]}])
    assert [entry["name"] for entry in named["imageVersionList"]] == ["bbbb"]


def tags_of_a_build_are_set_and_taken_away(builder):
    arn = _build(builder, tags={"a": "1"})
    builder.tag_resource(resourceArn=arn, tags={"b": "2 & 3", "c": "ü"})
    builder.untag_resource(resourceArn=arn, tagKeys=["a", "c"])
    assert builder.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2 & 3"}
