"""The bare machine: documents in, effects out, events in."""

import json
import threading

import pytest
import spola

import harness
import pets

INPUTS = {"repositoryName": "app", "imageManifest": "{}", "imageTag": "v1"}


def a_document_is_a_path_a_mapping_or_a_text_with_a_base(tmp_path) -> None:
    (tmp_path / "pets.yaml").write_text(pets.PETS)
    (tmp_path / "count.arazzo.json").write_text(json.dumps(pets.COUNT))
    ways = [
        spola.load(tmp_path / "count.arazzo.json"),
        spola.load(str(tmp_path / "count.arazzo.json")),
        spola.load(f"file://{tmp_path}/count.arazzo.json"),
        spola.load(json.dumps(pets.COUNT), base=tmp_path),
        spola.load(json.dumps(pets.COUNT).encode(), base=f"{tmp_path}/any.yaml"),
        spola.load(pets.COUNT, base=tmp_path),
        spola.load(pets.COUNT, sources={"pets": tmp_path / "pets.yaml"}),
        pets.program(),
    ]
    assert {pets.answered(program.start()).outputs["first"] for program in ways} == {"Rex"}
    assert len({program.digest for program in ways}) == 1


def a_program_shows_its_workflows() -> None:
    (workflow,) = pets.program().workflows
    assert (workflow.id, workflow.outputs) == ("count", ("first", "n"))
    assert workflow.inputs is not None and "key" in workflow.inputs["properties"]
    (step,) = workflow.steps
    assert (step.operation, step.operation_id, step.source) == ("GET /pets", "listPets", "pets")


def effects_can_be_matched_and_do_not_change() -> None:
    run = pets.program().start()
    match pets.sent(run):
        case spola.Send(id, spola.Request(method, url, _, body), None, None, limit, "safe"):
            assert (id, method, url, body, limit) == (
                0,
                "GET",
                "https://pets.example/pets",
                b"",
                64 << 20,
            )
        case other:
            raise AssertionError(other)
    with pytest.raises(AttributeError):
        pets.sent(pets.program().start()).id = 4  # type: ignore[misc]


def an_outcome_makes_its_values_once() -> None:
    run = pets.program().start(inputs={"n": {"deep": [1, 2.5, None, True, 10**30, "ä"]}})
    outcome = pets.answered(run)
    assert outcome.outputs["n"] == {"deep": [1, 2.5, None, True, 10**30, "ä"]}
    assert outcome.outputs is outcome.outputs
    match outcome:
        case spola.Outcome("succeeded", {"first": "Rex"}, None):
            pass
        case _:
            raise AssertionError(outcome)


def answers_are_owed_while_poll_gives_nothing() -> None:
    run = pets.program().start()
    pets.sent(run)
    assert run.poll() is None and run.outcome is None


def a_second_answer_is_ignored() -> None:
    run = pets.program().start()
    send = pets.sent(run)
    for name in ("Rex", "Tom"):
        body = json.dumps([{"name": name}]).encode()
        run.feed(spola.Response(send.id, 200, [("content-type", "application/json")], body))
    assert run.outcome is not None and run.outcome.outputs["first"] == "Rex"


def a_cancelled_run_is_interrupted() -> None:
    run = pets.program().start()
    pets.sent(run)
    run.cancel()
    assert run.outcome is not None and run.outcome.outcome == "interrupted"
    assert run.result().failure == spola.Failure("run.cancelled", "list", "the run was cancelled")


def a_secret_input_is_asked_for_again() -> None:
    program = pets.program()
    run = program.start(inputs={"key": "hunter2"})
    pets.sent(run)
    state = run.snapshot()
    assert b"hunter2" not in state
    with pytest.raises(spola.RunError) as refused:
        program.resume(state)
    assert refused.value.code == "run.missing-secrets" and "key" in refused.value.message
    assert pets.answered(program.resume(state, {"key": "hunter2"})).outcome == "succeeded"


def a_document_that_is_wrong_says_where_and_what_to_do() -> None:
    text = json.dumps(pets.COUNT, indent=1).replace("listPets", "lstPets")
    with pytest.raises(spola.LinkError) as refused:
        spola.load(text, base="wrong.json", sources={"pets": pets.PETS})
    error = refused.value
    assert (error.code, error.help) == ("link.unknown-operation", "did you mean `listPets`?")
    assert error.location is not None and error.location.document == "wrong.json"
    assert error.location.pointer == "/workflows/0/steps/0/operationId"
    assert '"operationId": "lstPets"' in str(error) and "^^^" in str(error)
    assert [one.code for one in error.diagnostics if one.severity == "error"] == [error.code]


def lint_tells_more_than_errors_and_needs_no_source() -> None:
    found = spola.lint(
        {**pets.COUNT, "sourceDescriptions": [{"name": "pets", "url": "nowhere.yaml"}]}
    )
    assert found and all(isinstance(one, spola.Diagnostic) for one in found)
    assert pets.program().lint() == spola.lint(pets.COUNT, sources={"pets": pets.PETS})


def authorize_signs_as_the_machine_asks() -> None:
    run = harness.shipped("publish-image").start(inputs=INPUTS, region="eu-west-1")
    send = pets.sent(run)
    keys = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "secret"}
    signed = spola.authorize(send.request, send.auth, keys, now=1_800_000_000.0)
    value = signed.header("Authorization")
    assert value is not None
    assert value.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20270115/eu-west-1/ecr/")
    assert signed.body == send.request.body and send.request.header("authorization") is None


def nothing_secret_is_shown() -> None:
    request = spola.Request(
        "GET", "https://a.example/x?key=s3cret", (("x-key", "s3cret"),), b"s3cret"
    )
    assert "s3cret" not in repr(request)
    assert "s3cret" not in repr(spola.Send(1, request))
    assert "s3cret" not in repr(spola.Response(1, 200, (), b"s3cret"))


def a_program_is_shared_by_threads() -> None:
    program = pets.program()
    outcomes = []

    def work() -> None:
        for _ in range(50):
            outcomes.append(pets.answered(program.start()).outcome)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["succeeded"] * 400
