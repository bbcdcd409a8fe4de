"""The ECR toolkit: its operations, driven by the same loop."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
import spola
from spola import ecr

import harness


def every_operation_has_a_function() -> None:
    for name in ecr.OPERATIONS:
        function = getattr(ecr, name.replace("-", "_"))
        given = dict.fromkeys(inspect.signature(function).parameters)
        assert function(**given).name == name and function.__doc__


def the_table_names_functions_that_are_there() -> None:
    assert ecr.__doc__ is not None
    rows = [line.split("|")[2] for line in ecr.__doc__.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)\(", row)}
    assert len(rows) > 20 and named <= set(ecr.__all__) and "copy_image" in named


def a_name_is_read_without_asking_anybody() -> None:
    name = ecr.name("team/app:v1", account="123456789012", region="eu-west-1")
    assert str(name) == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1"
    assert (name.repository, name.tag, name.digest) == ("team/app", "v1", None)
    assert name.arn == "arn:aws:ecr:eu-west-1:123456789012:repository/team/app"
    assert ecr.name(name.arn).uri == name.uri.removesuffix(":v1")
    assert ecr.name("app", account="123456789012", region="eu-west-1", default_tag="x").tag == "x"
    with pytest.raises(spola.EcrError) as raised:
        ecr.name("team/app:v1")
    assert raised.value.code == "ecr.missing-registry" and raised.value.help


def repositories_and_images_are_found_in_the_sandbox() -> None:
    sandbox = spola.sandbox()
    found = ecr.list_repositories().run(transport=sandbox).raise_for_failure().outputs
    assert "app" in [one["repositoryName"] for one in found["repositories"]]
    images = ecr.list_images("app").run(transport=sandbox).outputs["images"]
    assert images and all(image["imageDigest"].startswith("sha256:") for image in images)
    newest = ecr.newest_image("app").run(transport=sandbox).outputs["image"]
    assert newest["imageDigest"] in [image["imageDigest"] for image in images]


def a_repository_is_ensured_used_and_deleted() -> None:
    sandbox = spola.sandbox(empty=True)
    ensure = ecr.ensure_repository("new", mutability="IMMUTABLE", tags={"team": "a"})
    changes = [ensure.run(transport=sandbox).outputs["change"] for _ in range(2)]
    assert changes == ["created", "unchanged"]
    update = ecr.update_repository_tags("new", {"team": "b"})
    assert update.run(transport=sandbox).outputs["tags"] == {"team": "b"}
    gone = ecr.delete_repository("new", force=True).run(transport=sandbox)
    assert gone.outputs["deleted"] is True
    again = ecr.delete_repository("new", force=True).run(transport=sandbox)
    assert again.outcome == "failed" and again.failure is not None
    assert again.failure.code == "ecr.repository-not-found"
    missing = ecr.delete_repository("new", missing_ok=True).run(transport=sandbox)
    assert missing.outputs["deleted"] is False


def an_image_is_copied() -> None:
    sandbox = spola.sandbox()
    digest = harness.published(sandbox).outputs["imageDigest"]
    sandbox.control("settings", {"layers": "checked"})
    ecr.create_repository("backup").run(transport=sandbox).raise_for_failure()
    copy = ecr.copy_image("team/worker:1.0.0", "backup", tags=["kept"])
    told: list[spola.Progress] = []
    result = copy.run(transport=sandbox, on_progress=told.append).raise_for_failure()
    assert result.outputs["digest"] == digest and result.workflow_id == "copy-image"
    assert any(isinstance(one, (spola.Layer, spola.Image)) for one in told)
    kept = ecr.get_image("backup:kept").run(transport=sandbox).outputs["image"]
    assert kept["imageDigest"] == digest and kept["imageManifest"] == harness.IMAGE["imageManifest"]
    again = copy.run(transport=sandbox).raise_for_failure()
    assert again.outputs["bytesMoved"] == 0


async def an_image_is_copied_asynchronously() -> None:
    sandbox = spola.sandbox()
    digest = harness.published(sandbox).outputs["imageDigest"]
    await ecr.create_repository("backup").run_async(transport=sandbox)
    copy = ecr.copy_image("team/worker:1.0.0", "backup")
    result = await copy.run_async(transport=sandbox)
    assert result.raise_for_failure().outputs["digest"] == digest


def an_operation_goes_on_from_its_snapshot() -> None:
    sandbox = spola.sandbox()
    run = ecr.list_images("app").start(region="us-east-1")
    while not isinstance(run.poll(), spola.Send):
        pass
    again = ecr.resume(run.snapshot())
    assert again.drive(transport=sandbox).outputs["images"]


def an_interrupted_operation_can_be_driven_again() -> None:
    sandbox = spola.sandbox()
    run = ecr.list_images("app").start(region="us-east-1")

    def stop(send: spola.Send) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.drive(transport=stop, credentials=sandbox.keys)
    assert run.drive(transport=sandbox).outputs["images"]


def source_and_destination_have_credentials_of_their_own() -> None:
    keys: dict[str, set[str]] = {"repo": set()}
    sandbox = spola.sandbox()
    harness.published(sandbox)
    ecr.create_repository("backup").run(transport=sandbox)

    def call(send: spola.Send) -> Any:
        if send.auth is not None:
            signed = send.request.header("authorization") or ""
            key = signed.partition("Credential=")[2].partition("/")[0]
            keys.setdefault(send.auth.source, set()).add(key)
        return sandbox._core.handle(send.request)

    credentials = {
        "source": {"access_key_id": "AKIDSOURCE", "secret_access_key": "s"},
        "destination": lambda: {"access_key_id": "AKIDDESTINATION", "secret_access_key": "s"},
    }
    result = ecr.copy_image("team/worker:1.0.0", "backup").run(
        transport=call, credentials=credentials, region="us-east-1"
    )
    assert result.outcome == "succeeded", result.failure
    assert keys["source"] == {"AKIDSOURCE"} and keys["destination"] == {"AKIDDESTINATION"}


@pytest.mark.parametrize(
    "operation, code",
    [
        (ecr.Operation("copy-imgae"), "ecr.unknown-operation"),
        (ecr.Operation("list-images", {"repo": "x"}), "ecr.invalid-arguments"),
        (ecr.Operation("list-images", {"repository": {1}}), "host.wrong-type"),
        (ecr.list_images("UPPER"), None),
    ],
)
def misuse_is_an_error_that_says_what_to_do(operation: Any, code: str | None) -> None:
    with pytest.raises(spola.Error) as raised:
        operation.start(region="us-east-1")
    assert code is None or raised.value.code == code


def an_operation_without_a_region_says_so() -> None:
    with pytest.raises(spola.EcrError) as raised:
        ecr.list_images("app").run()
    assert raised.value.code == "ecr.no-region"
