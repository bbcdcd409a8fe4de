"""Runs that the command line began go on here, and the reverse."""

from __future__ import annotations

import json
import os
import subprocess
import threading

import pytest
import spola

import cloud
import harness
import programs

INVENTORY = harness.WORKFLOWS / "image-inventory.arazzo.yaml"


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


def a_result_is_the_same_in_both_hosts() -> None:
    program = harness.shipped("image-inventory")
    here = program.run(None, {"repositoryName": "app"}, transport=spola.sandbox()).to_dict()
    there = json.loads(
        programs.command("run", INVENTORY, "-i", "repositoryName=app", "--sandbox", "--json").stdout
    )
    assert here == there
