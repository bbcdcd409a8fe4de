"""Runs that the command line or JavaScript began go on here, and the reverse."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import spola

import cloud
import harness
import programs

INVENTORY = harness.WORKFLOWS / "image-inventory.arazzo.yaml"
NODE = shutil.which("node")
PACKAGE = harness.ROOT / "bindings-wasm/dist/ecr-node.js"

_javascript = pytest.mark.skipif(
    NODE is None or not PACKAGE.exists(), reason="the npm package is not built: tests/js/run"
)
COPY = {"source": "app:latest", "repository": "team/copied"}


@pytest.mark.parametrize("hold", [1, 2, 3])
def a_run_of_the_command_line_goes_on_here(hold: int, tmp_path) -> None:
    state = tmp_path / "run.state"
    with cloud.cloud(hold) as aws:
        arguments = [programs.SPOLA, "run", INVENTORY, "-i", "repositoryName=many"]
        arguments += ["--endpoint", aws.url, "--snapshot", state]
        process = subprocess.Popen(
            list(map(str, arguments)), env={**os.environ, **programs.AWS}, stderr=subprocess.DEVNULL
        )
        assert aws.held.wait(30)
        process.kill()
        process.wait()
        aws.release.set()
        run = harness.shipped("image-inventory").resume(state.read_bytes())
        assert run.workflow_id == "image-inventory"
        result = run.drive(credentials=cloud.KEYS)
    assert cloud.steady(result.outputs) == cloud.whole()


@pytest.mark.parametrize("hold", [1, 2, 3])
def a_run_that_began_here_goes_on_in_the_command_line(hold: int, tmp_path) -> None:
    state = tmp_path / "run.state"
    with cloud.cloud(hold) as aws:
        program = harness.shipped("image-inventory")
        begun = program.start(None, cloud.INPUTS, endpoint=aws.url, region="us-east-1")
        stopped = threading.Thread(
            target=begun.drive, kwargs={"credentials": cloud.KEYS, "keep": state}
        )
        stopped.start()
        assert aws.held.wait(30)
        kept = state.read_bytes()
        aws.release.set()
        stopped.join()
        state.write_bytes(kept)
        done = programs.command(
            "run", INVENTORY, "--resume", state, "--endpoint", aws.url, "--json"
        )
    assert done.returncode == 0, done.stderr
    assert cloud.steady(json.loads(done.stdout)["outputs"]) == cloud.whole()


def in_node(how: str, state: Path, url: str) -> list[str]:
    """The copy in Node: begun, or gone on with."""
    script, document = "tests/js/elsewhere.mjs", "workflows/arazzo/copy-image.arazzo.yaml"
    files = [str(harness.ROOT / file) for file in (script, document)]
    return [str(NODE), files[0], how, files[1], str(state), url, "us-east-1", json.dumps(COPY)]


def in_python(how: str, state: Path, url: str) -> list[str]:
    """The same in Python."""
    run = (
        f"program.start(None, {COPY}, aws_endpoint={url!r}, region='us-east-1')"
        if how == "start"
        else f"program.resume(kept.read_bytes(), aws_endpoint={url!r}, in_doubt='send')"
    )
    document = str(harness.WORKFLOWS / "copy-image.arazzo.yaml")
    script = f"""
import json, pathlib, spola
program, kept = spola.load({document!r}), pathlib.Path({str(state)!r})
print(json.dumps({run}.drive(credentials={cloud.KEYS}, keep=kept).to_dict()))
"""
    return [sys.executable, "-c", script]


@_javascript
@pytest.mark.parametrize("hold", [1, 5, 12, 20, 30])
@pytest.mark.parametrize(("first", "second"), [(in_node, in_python), (in_python, in_node)])
def a_run_goes_on_between_javascript_and_python(first, second, hold: int, tmp_path) -> None:
    state = tmp_path / "run.state"
    with cloud.cloud(hold, sample=True) as aws:
        process = subprocess.Popen(first("start", state, aws.url), stdout=subprocess.DEVNULL)
        assert aws.held.wait(30)
        process.kill()
        process.wait()
        aws.release.set()
        done = subprocess.run(
            second("resume", state, aws.url), capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["outcome"] == "succeeded", result["failure"]
    assert "/team/copied@sha256:" in result["outputs"]["image"]


def a_result_is_the_same_in_both_hosts() -> None:
    program = harness.shipped("image-inventory")
    here = program.run(None, {"repositoryName": "app"}, transport=spola.sandbox()).to_dict()
    there = json.loads(
        programs.command("run", INVENTORY, "-i", "repositoryName=app", "--sandbox", "--json").stdout
    )
    assert here == there
