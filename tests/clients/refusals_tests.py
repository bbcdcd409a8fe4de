"""Every refusal that the service model documents, provoked."""

import botocore
import conftest
import images
import pytest
import refusals
import shapes
from botocore.config import Config
from botocore.exceptions import ClientError
from refusals import ACCOUNT, BUILD, ECR, UUID


@pytest.fixture
def bare(sandbox, _models):
    """Clients that send whatever they are given, once."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})

    def made(service):
        return conftest.client(_models, service, sandbox.url, config=config)

    return made


def _refused(client, operation, **members):
    """The error with which a call is refused."""
    with pytest.raises(ClientError) as refusal:
        getattr(client, botocore.xform_name(operation))(**members)
    error = refusal.value.response["Error"]
    assert error["Message"], operation
    return error


def _cases(service, code):
    names = [name for name, _ in refusals.documented(service, code)]
    return [name for name in names if not refusals.is_asked(name, code)]


@pytest.mark.parametrize("name", _cases("ecr", "RepositoryNotFoundException"))
def a_repository_that_is_missing_is_told(bare, name):
    members = refusals.least(shapes.model("ecr").operation_model(name).input_shape)
    if name == "DescribeRepositories":
        members["repositoryNames"] = ["none"]
    error = _refused(bare("ecr"), name, **members)
    assert error["Code"] == "RepositoryNotFoundException"
    assert error["Message"] == (
        f"The repository with name 'none' does not exist in the registry with id '{ACCOUNT}'"
    )


#: Where no name of a repository or registry and no page size can be wrong.
WRONG = {
    "DescribeReplicationBackfillResults": {"replicationBackfillId": "x"},
    "GetAccountSetting": {"name": "x"},
    "GetAuthorizationToken": {"registryIds": ["x"]},
    "ListTagsForResource": {"resourceArn": "x"},
    "PutAccountSetting": {"value": ""},
    "PutRegistryPolicy": {"policyText": "x"},
    "PutRegistryScanningConfiguration": {"scanType": "x"},
    "PutReplicationConfiguration": {
        "replicationConfiguration": {
            "rules": [{"destinations": [{"region": "us-east-1", "registryId": ACCOUNT}]}]
        }
    },
    "PutSigningConfiguration": {"signingConfiguration": {}},
    "TagResource": {"resourceArn": "x"},
    "UntagResource": {"resourceArn": "x"},
    "RegisterPullTimeUpdateExclusion": {"principalArn": "x"},
    "DeregisterPullTimeUpdateExclusion": {"principalArn": "x"},
}


def _wrong(name, shape):
    if name in WRONG:
        return WRONG[name]
    for member, value in (("repositoryName", "A"), ("registryId", "x"), ("maxResults", 0)):
        if member in shape.members:
            return {member: value}
    return {next(iter(shape.required_members)): ""}


@pytest.mark.parametrize("name", _cases("ecr", "InvalidParameterException"))
def a_parameter_that_is_wrong_is_told(bare, name):
    shape = shapes.model("ecr").operation_model(name).input_shape
    error = _refused(bare("ecr"), name, **{**refusals.least(shape), **_wrong(name, shape)})
    assert error["Code"] == "InvalidParameterException", error
    assert error["Message"].startswith("Invalid parameter at '"), error


@pytest.mark.parametrize("service, name", sorted(refusals.OURS))
def every_limit_of_a_parameter_is_kept(bare, service, name):
    client = bare(service)
    kept = []
    for path, members in refusals.beyond(shapes.model(service).operation_model(name).input_shape):
        try:
            getattr(client, botocore.xform_name(name))(**members)
            kept.append(f"{path}: taken")
        except ClientError as refusal:
            code = refusal.response["Error"]["Code"]
            if code not in refusals.WRONG_INPUT:
                kept.append(f"{path}: {code}")
    assert kept == []


@pytest.mark.parametrize("name", _cases("imagebuilder", "InvalidRequestException"))
def a_request_that_is_wrong_is_told(bare, name):
    shape = shapes.model("imagebuilder").operation_model(name).input_shape
    wrong = {member: "x" for member in shape.required_members if member != "clientToken"}
    members = {**refusals.least(shape), **(wrong or {"maxResults": 0})}
    error = _refused(bare("imagebuilder"), name, **members)
    assert error["Code"] == "InvalidRequestException", error


@pytest.mark.parametrize(
    "service, name, code, status",
    [
        (service, name, shape.name, shape.metadata.get("error", {}).get("httpStatusCode", 400))
        for service in ("ecr", "imagebuilder")
        for name, shape in refusals.documented(service)
        if refusals.is_asked(name, shape.name)
    ],
)
def what_nothing_leads_to_can_be_asked_for(bare, sandbox, service, name, code, status):
    fault = {"kind": "refusal", "operation": name, "code": code, "status": status}
    sandbox.control("faults", [{**fault, "message": "as asked"}])
    members = refusals.least(shapes.model(service).operation_model(name).input_shape)
    client = bare(service)
    with pytest.raises(getattr(client.exceptions, code), match="as asked"):
        getattr(client, botocore.xform_name(name))(**members)


@pytest.fixture
def app(bare):
    """A client, and a repository `app` with a tagged image."""
    ecr = bare("ecr")
    ecr.create_repository(repositoryName="app")
    images.push(ecr, "app", b"layer", tags=["v1"])
    return ecr


def _code(client, operation, **members):
    return _refused(client, operation, **members)["Code"]


def tags_that_are_wrong_or_too_many_are_told(app):
    many = [{"Key": f"k{number}", "Value": "v"} for number in range(51)]
    odd = [{"Key": "aws:x", "Value": "v"}]
    for tags, code in ((many, "TooManyTagsException"), (odd, "InvalidTagParameterException")):
        assert _code(app, "CreateRepository", repositoryName="new", tags=tags) == code
        assert _code(app, "TagResource", resourceArn=f"{ECR}/app", tags=tags) == code


@pytest.mark.parametrize(
    "name",
    [
        "DescribeImageReplicationStatus",
        "DescribeImageScanFindings",
        "DescribeImageSigningStatus",
        "StartImageScan",
        "UpdateImageStorageClass",
    ],
)
def an_image_that_is_missing_is_told(app, name):
    if name == "DescribeImageSigningStatus":
        profile = f"arn:aws:signer:us-east-1:{ACCOUNT}:/signing-profiles/one"
        app.put_signing_configuration(
            signingConfiguration={"rules": [{"signingProfileArn": profile}]}
        )
    members = refusals.least(shapes.model("ecr").operation_model(name).input_shape)
    code = _code(app, name, **{**members, "repositoryName": "app"})
    assert code == "ImageNotFoundException"


@pytest.mark.parametrize(
    "name, code",
    [
        ("DeleteLifecyclePolicy", "LifecyclePolicyNotFoundException"),
        ("StartLifecyclePolicyPreview", "LifecyclePolicyNotFoundException"),
        ("GetLifecyclePolicyPreview", "LifecyclePolicyPreviewNotFoundException"),
    ],
)
def a_policy_that_is_missing_is_told(app, name, code):
    assert _code(app, name, repositoryName="app") == code


@pytest.mark.parametrize(
    "name, members, code",
    [
        ("DeleteRegistryPolicy", {}, "RegistryPolicyNotFoundException"),
        ("DeleteSigningConfiguration", {}, "SigningConfigurationNotFoundException"),
        (
            "DeletePullThroughCacheRule",
            {"ecrRepositoryPrefix": "none"},
            "PullThroughCacheRuleNotFoundException",
        ),
        (
            "DescribePullThroughCacheRules",
            {"ecrRepositoryPrefixes": ["none"]},
            "PullThroughCacheRuleNotFoundException",
        ),
        (
            "UpdatePullThroughCacheRule",
            {
                "ecrRepositoryPrefix": "none",
                "credentialArn": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:ecr-pullthroughcache/a",
            },
            "PullThroughCacheRuleNotFoundException",
        ),
        (
            "CreatePullThroughCacheRule",
            {"ecrRepositoryPrefix": "none", "upstreamRegistryUrl": "example.com"},
            "UnsupportedUpstreamRegistryException",
        ),
        ("UpdateRepositoryCreationTemplate", {"prefix": "none"}, "TemplateNotFoundException"),
        (
            "DescribeReplicationBackfillResults",
            {"replicationBackfillId": UUID},
            "ReplicationBackfillNotFoundException",
        ),
        (
            "StopReplicationBackfill",
            {"replicationBackfillId": UUID},
            "ReplicationBackfillNotFoundException",
        ),
    ],
)
def a_thing_of_the_registry_that_is_missing_is_told(bare, name, members, code):
    assert _code(bare("ecr"), name, **members) == code


def a_template_is_made_once(bare):
    members = {"prefix": "team", "appliedFor": ["REPLICATION"]}
    bare("ecr").create_repository_creation_template(**members)
    code = _code(bare("ecr"), "CreateRepositoryCreationTemplate", **members)
    assert code == "TemplateAlreadyExistsException"


def a_registry_has_so_many_pull_through_rules(bare):
    ecr = bare("ecr")
    codes = set()
    for number in range(60):
        members = {"ecrRepositoryPrefix": f"p{number}", "upstreamRegistryUrl": "public.ecr.aws"}
        try:
            ecr.create_pull_through_cache_rule(**members)
        except ClientError as refusal:
            codes.add(refusal.response["Error"]["Code"])
    assert codes == {"LimitExceededException"}


def quotas_are_told(app, sandbox):
    sandbox.settings(imagesPerRepository=1, repositoriesPerRegistry=1)
    other = images.manifest([], config=b'{"architecture":"amd64","os":"linux"}', annotations={})
    code = _code(app, "PutImage", repositoryName="app", imageManifest=other)
    assert code == "LimitExceededException"
    assert _code(app, "CreateRepository", repositoryName="new") == "LimitExceededException"


def an_upload_has_an_end(app, sandbox):
    sandbox.settings(smallestPartBytes=1)
    part = {"repositoryName": "app", "layerPartBlob": b"x"}
    members = {**part, "uploadId": UUID, "partFirstByte": 0, "partLastByte": 0}
    assert _code(app, "UploadLayerPart", **members) == "UploadNotFoundException"
    members["uploadId"] = app.initiate_layer_upload(repositoryName="app")["uploadId"]
    for number in range(4200):
        members.update(partFirstByte=number, partLastByte=number)
        app.upload_layer_part(**members)
    members.update(partFirstByte=4200, partLastByte=4200)
    assert _code(app, "UploadLayerPart", **members) == "LimitExceededException"


def an_image_that_cannot_be_scanned_or_archived_is_told(app):
    index = {"schemaVersion": 2, "mediaType": images.INDEX, "manifests": []}
    app.put_image(
        repositoryName="app", imageManifest=images.json.dumps(index), imageTag="index"
    )
    of_index = {"repositoryName": "app", "imageId": {"imageTag": "index"}}
    assert _code(app, "StartImageScan", **of_index) == "UnsupportedImageTypeException"
    image = {"repositoryName": "app", "imageId": {"imageTag": "v1"}}
    app.update_image_storage_class(**image, targetStorageClass="ARCHIVE")
    assert _code(app, "StartImageScan", **image) == "ImageArchivedException"
    again = {**image, "targetStorageClass": "ARCHIVE"}
    code = _code(app, "UpdateImageStorageClass", **again)
    assert code == "ImageStorageClassUpdateNotSupportedException"


def builds_refuse_what_is_not_there_or_not_theirs(bare):
    builder = bare("imagebuilder")
    for name in ("ListTagsForResource", "TagResource", "UntagResource"):
        for arn, code in (
            ("x", "InvalidParameterException"),
            (f"{BUILD}:image/none/1.0.0/1", "ResourceNotFoundException"),
        ):
            more = {"TagResource": {"tags": {"a": "b"}}, "UntagResource": {"tagKeys": ["a"]}}
            members = {"resourceArn": arn, **more.get(name, {})}
            assert _code(builder, name, **members) == code
    for name in ("ListImages", "ListImageBuildVersions"):
        members = refusals.least(shapes.model("imagebuilder").operation_model(name).input_shape)
        code = _code(builder, name, nextToken="x", **members)
        assert code == "InvalidPaginationTokenException"
    members = {"imagePipelineArn": f"{BUILD}:image-pipeline/a", "clientToken": UUID}
    builder.start_image_pipeline_execution(**members)
    members["imagePipelineArn"] = f"{BUILD}:image-pipeline/b"
    code = _code(builder, "StartImagePipelineExecution", **members)
    assert code == "IdempotentParameterMismatchException"
    built = builder.create_image(
        imageRecipeArn=f"{BUILD}:image-recipe/web/1.0.0",
        infrastructureConfigurationArn=f"{BUILD}:infrastructure-configuration/infra",
        clientToken="another",
    )["imageBuildVersionArn"]
    code = _code(builder, "DeleteImage", imageBuildVersionArn=built)
    assert code == "ResourceDependencyException"
