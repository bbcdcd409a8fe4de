"""`python -m spola`."""

from __future__ import annotations

import json

import pytest
from spola import __main__ as command

import harness
import pets

INVENTORY = str(harness.WORKFLOWS / "image-inventory.arazzo.yaml")
PUBLISH = str(harness.WORKFLOWS / "publish-image.arazzo.yaml")
EXAMPLE = str(harness.ROOT / "workflows/examples/publish-image.inputs.yaml")


def a_workflow_runs_in_the_sandbox(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["run", INVENTORY, "--sandbox", "-i", "repositoryName=app", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "succeeded"
    assert command.main(["run", PUBLISH, "--sandbox", "--inputs", EXAMPLE]) == 0
    said = capsys.readouterr()
    assert "✓ putImage" in said.err and "imageDigest" in json.loads(said.out)


def a_failure_is_told_and_is_exit_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["run", INVENTORY, "--sandbox", "-i", "repositoryName=none"]) == 1
    assert "error[run.criteria] at step" in capsys.readouterr().err


def what_cannot_start_is_exit_status_2(capsys: pytest.CaptureFixture[str], tmp_path) -> None:
    assert command.main(["run", "nowhere.yaml"]) == 2
    assert command.main(["run", INVENTORY, "other", "--sandbox"]) == 2
    assert command.main(["run", INVENTORY, "--sandbox", "-i", "repositoryName"]) == 2
    (tmp_path / "bad.yaml").write_text("a: [")
    assert command.main(["run", INVENTORY, "--inputs", str(tmp_path / "bad.yaml")]) == 2
    assert "bad.yaml:1" in capsys.readouterr().err


def a_run_goes_on_from_a_file(capsys: pytest.CaptureFixture[str], tmp_path) -> None:
    state = str(tmp_path / "state")
    run = harness.shipped("image-inventory").start(
        None, {"repositoryName": "app"}, region="us-east-1"
    )
    pets.sent(run)
    (tmp_path / "state").write_bytes(run.snapshot())
    assert (
        command.main(["run", INVENTORY, "--sandbox", "--resume", state, "--snapshot", state, "-q"])
        == 0
    )
    assert "imageIds" in capsys.readouterr().out


def documents_are_linted_and_shown(capsys: pytest.CaptureFixture[str], tmp_path) -> None:
    assert command.main(["lint", INVENTORY, PUBLISH]) == 0
    (tmp_path / "bad.arazzo.json").write_text(json.dumps({**pets.COUNT, "arazzo": 7}))
    assert command.main(["lint", str(tmp_path / "bad.arazzo.json")]) == 1
    assert "error[" in capsys.readouterr().out
    assert command.main(["show", INVENTORY]) == 0
    assert "listImages  POST /" in capsys.readouterr().out
