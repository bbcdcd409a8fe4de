"""Recorded runs, and the plugin for pytest."""

from __future__ import annotations

import json
from typing import Any

import pytest
import spola

import clients
import harness
import pets

pytest_plugins = ["pytester"]


def a_run_is_recorded_once_and_replayed_after(tmp_path) -> None:
    path = tmp_path / "recordings/inventory.json"
    program = harness.shipped("image-inventory")
    with spola.Recording(path, spola.sandbox()) as recording:
        assert not recording.replays
        first = program.run(None, {"repositoryName": "app"}, transport=recording)
    again = spola.Recording(path)
    assert again.replays and again.left > 0
    second = program.run(None, {"repositoryName": "app"}, transport=again)
    assert second.to_dict() == first.to_dict() and again.left == 0


async def an_asynchronous_run_is_recorded_as_well(tmp_path) -> None:
    program = pets.program()
    with spola.Recording(tmp_path / "r.json", clients.call_asynchronously) as recording:
        first = await program.run_async(transport=recording)
    for transport in (spola.Recording(tmp_path / "r.json"), spola.Recording(tmp_path / "r.json")):
        assert (await program.run_async(transport=transport)).outputs == first.outputs
    assert program.run(transport=spola.Recording(tmp_path / "r.json")).outputs == first.outputs


def ids_that_are_made_up_are_the_same_in_a_replay(tmp_path) -> None:
    program = harness.shipped("create-image-and-poll")
    arn = "arn:aws:imagebuilder:us-east-1:123456789012:image-recipe/r/1.0.0"
    inputs = {
        "imageRecipeArn": arn,
        "infrastructureConfigurationArn": arn.replace(
            "image-recipe/r/1.0.0", "infrastructure-configuration/i"
        ),
    }
    with spola.Recording(tmp_path / "r.json", spola.sandbox()) as recording:
        first = program.run(None, inputs, transport=recording)
    second = program.run(None, inputs, transport=spola.Recording(tmp_path / "r.json"))
    assert first.outcome == "succeeded" and second.to_dict() == first.to_dict()


def secrets_are_masked(tmp_path) -> None:
    def call(send: spola.Send) -> Any:
        headers = {"Content-Type": "application/json", "Set-Cookie": "s3cret", "X-Mine": "s3cret"}
        body = [{"name": "Rex", "password": "s3cret", "mine": "s3cret"}]
        return 200, headers, json.dumps(body).encode()

    secured = """
openapi: 3.1.0
info: {title: Pets, version: "1"}
servers: [{url: https://pets.example}]
security: [{s: []}]
components: {securitySchemes: {s: {type: apiKey, name: k, in: query}}}
paths: {/pets: {get: {operationId: listPets}}}
"""
    program = spola.load(pets.COUNT, sources={"pets": secured})
    path = tmp_path / "r.json"
    with spola.Recording(path, call, mask=["X-Mine", "mine"]) as recording:
        program.run(transport=recording, auth={"pets": "s3cret"}, headers={"X-Api-Key": "s3cret"})
    assert "s3cret" not in path.read_text() and "k=***" in path.read_text()
    replay = spola.Recording(path)
    assert program.run(transport=replay, auth={"pets": "another"}).outputs == {"first": "Rex"}


def failures_are_recorded_as_well(tmp_path) -> None:
    def call(send: spola.Send) -> Any:
        raise ConnectionRefusedError(111, "Connection refused")

    with spola.Recording(tmp_path / "r.json", call) as recording:
        first = pets.program().run(transport=recording)
    second = pets.program().run(transport=spola.Recording(tmp_path / "r.json"))
    assert first.outcome == "failed" and second.to_dict() == first.to_dict()


def a_request_that_was_not_recorded_is_refused(tmp_path) -> None:
    with spola.Recording(tmp_path / "r.json", clients.call_with_a_triple) as recording:
        pets.program().run(transport=recording)
    with pytest.raises(spola.HostError) as raised:
        pets.posting().run(transport=spola.Recording(tmp_path / "r.json"))
    assert raised.value.code == "host.recording-differs"
    assert "'POST'" in raised.value.message and "'GET'" in raised.value.message


def a_recording_that_is_missing_or_broken_is_told(tmp_path) -> None:
    with pytest.raises(spola.HostError) as raised:
        spola.Recording(tmp_path / "none.json", mode="none")
    assert raised.value.code == "host.no-recording"
    (tmp_path / "bad.json").write_text('{"spola": 1')
    with pytest.raises(spola.HostError) as raised:
        spola.Recording(tmp_path / "bad.json")
    assert raised.value.code == "host.bad-recording"


def the_plugin_brings_its_fixtures(pytester) -> None:
    pytester.makepyfile(
        test_it=f"""
import spola
PROGRAM = spola.load({str(harness.WORKFLOWS / "image-inventory.arazzo.yaml")!r})
def succeeds(transport):
    result = PROGRAM.run(None, {{"repositoryName": "app"}}, transport=transport)
    return result.outcome == "succeeded"
def test_sandbox(spola_sandbox):
    assert succeeds(spola_sandbox)
def test_recorded(spola_recording):
    recording = spola_recording(spola.sandbox())
    assert succeeds(recording)
"""
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=2)
    recorded = pytester.path / "recordings/test_recorded.json"
    before = recorded.read_bytes()
    pytester.runpytest_subprocess("--spola-record=none").assert_outcomes(passed=2)
    assert recorded.read_bytes() == before
