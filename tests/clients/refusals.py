"""What refusals the service models document, and least inputs."""

import re

import conftest
import images
import shapes

ACCOUNT = conftest.ACCOUNT
UUID = "00000000-0000-4000-8000-000000000000"
NOBODY = images.digest(b"nobody has this")
ECR = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository"
BUILD = f"arn:aws:imagebuilder:us-east-1:{ACCOUNT}"
POLICY = '{"Version":"2012-10-17","Statement":[]}'
LIFECYCLE = (
    '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":'
    '"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}'
)
#: What no rule of this registry leads to; a fault asks for it.
ASKED = {
    "BlockedByOrganizationPolicyException": "there is no organization",
    "ClientException": "nothing is wrong with a caller but what it sends",
    "ForbiddenException": "nothing is forbidden",
    "KmsException": "there are no keys",
    "ResourceInUseException": "nothing is in use for a while",
    "SecretNotFoundException": "there are no secrets",
    "ServiceQuotaExceededException": "there are no quotas of builds",
    "UnableToAccessSecretException": "there are no secrets",
    "UnableToDecryptSecretValueException": "there are no secrets",
    "UnableToGetUpstreamImageException": "no other registry is asked",
    "UnableToGetUpstreamLayerException": "no other registry is asked",
    "UnableToListUpstreamImageReferrersException": "no other registry is asked",
    "ValidationException": "what is wrong with a parameter is an InvalidParameterException",
}
#: Documented for these, but nothing of what they do leads there.
ASKED_OF = {
    ("BatchGetImage", "LimitExceededException"),
    ("BatchGetRepositoryScanningConfiguration", "RepositoryNotFoundException"),
    ("CancelImageCreation", "IdempotentParameterMismatchException"),
    ("CreateRepositoryCreationTemplate", "LimitExceededException"),
    ("DeregisterPullTimeUpdateExclusion", "LimitExceededException"),
    ("DescribeRegistry", "InvalidParameterException"),
    ("GetRegistryPolicy", "InvalidParameterException"),
    ("GetRegistryScanningConfiguration", "InvalidParameterException"),
    ("GetSigningConfiguration", "InvalidParameterException"),
    ("ListPullTimeUpdateExclusions", "LimitExceededException"),
    ("DeleteRegistryPolicy", "InvalidParameterException"),
    ("PutAccountSetting", "LimitExceededException"),
    ("RegisterPullTimeUpdateExclusion", "LimitExceededException"),
    ("StartImagePipelineExecution", "ResourceNotFoundException"),
    ("StartReplicationBackfill", "LimitExceededException"),
    ("UntagResource", "InvalidTagParameterException"),
    ("UntagResource", "TooManyTagsException"),
}
#: Whatever happens to any operation.
ANYWHERE = {
    "CallRateLimitExceededException",
    "ServerException",
    "ServiceException",
    "ServiceUnavailableException",
}

#: Values of members, by name.
VALUES = {
    "clientToken": UUID,
    "imageDigest": NOBODY,
    "imageBuildVersionArn": f"{BUILD}:image/none/1.0.0/1",
    "imagePipelineArn": f"{BUILD}:image-pipeline/none",
    "imageVersionArn": f"{BUILD}:image/none/1.0.0",
    "imageManifest": images.manifest([]),
    "infrastructureConfigurationArn": f"{BUILD}:infrastructure-configuration/infra",
    "layerDigest": NOBODY,
    "layerDigests": [NOBODY],
    "layerPartBlob": b"x",
    "lifecyclePolicyText": LIFECYCLE,
    "name": "BLOB_MOUNTING",
    "partFirstByte": 0,
    "partLastByte": 0,
    "policyText": POLICY,
    "repositoryName": "none",
    "resourceArn": f"{ECR}/none",
    "tags": [{"Key": "a", "Value": "b"}],
    "uploadId": UUID,
    "value": "ENABLED",
    "imageId": {"imageTag": "none"},
    "imageIds": [{"imageTag": "none"}],
}


def is_given(name, shape):
    return name in VALUES and not (name == "tags" and shape.type_name == "map")


def least(shape):
    """The least input that a shape allows."""
    if shape.type_name == "structure":
        members = shape.members
        return {
            name: VALUES[name] if is_given(name, members[name]) else least(members[name])
            for name in shape.required_members
        }
    if shape.type_name == "list":
        return [least(shape.member)]
    if shape.type_name == "map":
        return {"a": "b"}
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "none"
    return {"boolean": True, "integer": 1, "long": 1}[shape.type_name]


def documented(service, code=None):
    """Operations of ours with the codes that the model documents."""
    model = shapes.model(service)
    ours = [name for name in model.operation_names if (service, name) in OURS]
    for name in ours:
        for shape in model.operation_model(name).error_shapes:
            if code in (None, shape.name):
                yield name, shape


def _ours():
    path = conftest.ROOT / "sandbox" / "OPERATIONS.md"
    services = {"Amazon ECR": "ecr", "EC2 Image Builder": "imagebuilder"}
    service = None
    for line in path.read_text().splitlines():
        if line.startswith("## "):
            service = services.get(line[3:])
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 6 and cells[2] == "yes" and service:
            yield service, cells[1]


OURS = set(_ours())


def is_asked(operation, code):
    return code in ASKED or (operation, code) in ASKED_OF


#: What a value beyond its limits is answered with.
WRONG_INPUT = {"InvalidParameterException", "InvalidRequestException", "ValidationException"}
#: Tags have codes of their own; the registry asks more of a tag's name than the model.
OTHERWISE = {"tags"}


def _bad(shape):
    """Values beyond each limit of a shape."""
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    pattern = shape.metadata.get("pattern")
    if shape.type_name == "string":
        wrong = "!" * max(low or 0, 2)
        if pattern and not re.search(pattern, wrong):
            yield "pattern", wrong
        if shape.enum:
            yield "enum", "none of them"
        if high and high < 100_000:
            yield "max", "a" * (high + 1)
        if low and not pattern:
            yield "min", "a" * (low - 1)
    elif shape.type_name in ("integer", "long"):
        if low is not None:
            yield "min", low - 1
        if high is not None:
            yield "max", high + 1
    elif shape.type_name == "list":
        item = least(shape.member)
        if high:
            yield "max", [item] * (high + 1)
        if low:
            yield "min", []


def beyond(shape, path="", depth=0):
    """Inputs, each least but for one value beyond a limit, with that value's path."""
    for name, member in shape.members.items():
        if name in OTHERWISE or depth > 6:
            continue
        at = f"{path}.{name}" if path else name
        for limit, value in _bad(member):
            yield f"{at} {limit}", {**least(shape), name: value}
        inner, wrap = member, lambda value: value
        while inner.type_name == "list":
            inner, wrap = inner.member, lambda value, outer=wrap: outer([value])
            for limit, value in _bad(inner):
                yield f"{at}[] {limit}", {**least(shape), name: wrap(value)}
        if inner.type_name == "structure":
            for inside, value in beyond(inner, at, depth + 1):
                yield inside, {**least(shape), name: wrap(value)}
