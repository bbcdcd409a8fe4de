"""The aws command."""

import json

import images
import pytest


def repositories_are_made_listed_and_deleted(aws):
    made = json.loads(aws("ecr", "create-repository", "--repository-name", "team/app"))
    names = aws(
        *("ecr", "describe-repositories", "--output", "text"),
        *("--query", "repositories[].repositoryUri"),
    )
    assert names.strip() == made["repository"]["repositoryUri"]
    aws("ecr", "delete-repository", "--repository-name", "team/app", "--force")
    told = aws("ecr", "delete-repository", "--repository-name", "team/app", fails=True)
    assert "(RepositoryNotFoundException) when calling the DeleteRepository operation" in told


def images_are_listed_over_all_pages(aws, sandbox):
    sandbox.control("images", {"repositoryName": "app", "count": 120})
    listed = json.loads(
        aws("ecr", "list-images", "--repository-name", "app", "--page-size", "50")
    )
    assert len(listed["imageIds"]) == 120
    some = json.loads(
        aws("ecr", "describe-images", "--repository-name", "app", "--max-items", "7")
    )
    assert len(some["imageDetails"]) == 7 and some["NextToken"]


def an_image_is_retagged_as_the_user_guide_says(aws, ecr):
    ecr.create_repository(repositoryName="app")
    images.push(ecr, "app", b"one", tags=["v1"])
    text = aws(
        *("ecr", "batch-get-image", "--repository-name", "app", "--image-ids", "imageTag=v1"),
        *("--output", "text", "--query", "images[].imageManifest"),
    )
    aws(
        *("ecr", "put-image", "--repository-name", "app", "--image-tag", "v2"),
        *("--image-manifest", text.removesuffix("\n")),
    )
    listed = ecr.list_images(repositoryName="app")["imageIds"]
    assert sorted(entry["imageTag"] for entry in listed) == ["v1", "v2"]
    aws("ecr", "batch-delete-image", "--repository-name", "app", "--image-ids", "imageTag=v1")
    assert len(ecr.list_images(repositoryName="app")["imageIds"]) == 1


def a_layer_is_uploaded_from_a_file(aws, ecr, tmp_path):
    ecr.create_repository(repositoryName="app")
    part = tmp_path / "layer"
    part.write_bytes(b"\x00\xff" * 5000)
    app = ("--repository-name", "app")
    upload = json.loads(aws("ecr", "initiate-layer-upload", *app))["uploadId"]
    aws(
        *("ecr", "upload-layer-part", *app, "--upload-id", upload),
        *("--part-first-byte", "0", "--part-last-byte", "9999"),
        *("--layer-part-blob", f"fileb://{part}"),
    )
    digest = images.digest(part.read_bytes())
    done = json.loads(
        aws(
            *("ecr", "complete-layer-upload", *app, "--upload-id", upload),
            *("--layer-digests", digest),
        )
    )
    assert done["layerDigest"] == digest


def a_password_for_docker_is_printed(aws):
    assert len(aws("ecr", "get-login-password").strip()) > 20


def a_preview_is_waited_for(aws, sandbox):
    sandbox.control("images", {"repositoryName": "app", "count": 5})
    rule = {
        "rulePriority": 1,
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
        "action": {"type": "expire"},
    }
    aws(
        *("ecr", "start-lifecycle-policy-preview", "--repository-name", "app"),
        *("--lifecycle-policy-text", json.dumps({"rules": [rule]})),
    )
    aws("ecr", "wait", "lifecycle-policy-preview-complete", "--repository-name", "app")
    preview = json.loads(
        aws("ecr", "get-lifecycle-policy-preview", "--repository-name", "app")
    )
    assert len(preview["previewResults"]) == 4


def an_image_build_is_begun_and_looked_at(aws):
    base = "arn:aws:imagebuilder:us-east-1:123456789012"
    begun = json.loads(
        aws(
            *("imagebuilder", "create-image"),
            *("--image-recipe-arn", f"{base}:image-recipe/web/1.0.0"),
            *("--infrastructure-configuration-arn", f"{base}:infrastructure-configuration/x"),
        )
    )
    arn = begun["imageBuildVersionArn"]
    status = aws(
        *("imagebuilder", "get-image", "--image-build-version-arn", arn),
        *("--output", "text", "--query", "image.state.status"),
    )
    assert status.strip() in ("PENDING", "CREATING")


@pytest.mark.parametrize("key, account", [("AKIAEXAMPLE", "123456789012"), ("B", "210987654321")])
def the_caller_is_told_who_they_are(aws, sandbox, monkeypatch, key, account):
    sandbox.settings(callers={"B": "210987654321"})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    told = json.loads(aws("sts", "get-caller-identity"))
    assert told["Account"] == account
    assert told["Arn"] == f"arn:aws:iam::{account}:user/sandbox"
