"""The loop: what it takes, what it tells, what interrupts it."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from typing import Any

import aiohttp
import httpx
import pytest
import spola
from spola import run as loop

import clients
import harness
import pets
import server

INPUTS = {"repositoryName": "app", "imageManifest": "{}", "imageTag": "v1"}
OK = (200, {"Content-Type": "application/json"}, b'[{"name": "Rex"}]')


def a_shipped_workflow_runs_in_the_sandbox() -> None:
    program = harness.shipped("image-inventory")
    sandbox = spola.sandbox()
    result = program.run("image-inventory", {"repositoryName": "app"}, transport=sandbox)
    assert result.outcome == "succeeded" and result.outputs
    assert len(sandbox.requests) == len(result.steps)
    assert sandbox.requests[0].header("authorization") is not None


async def a_shipped_workflow_runs_in_the_sandbox_asynchronously() -> None:
    program = harness.shipped("create-image-and-poll")
    arn = "arn:aws:imagebuilder:us-east-1:123456789012:image-recipe/r/1.0.0"
    inputs = {
        "imageRecipeArn": arn,
        "infrastructureConfigurationArn": arn.replace(
            "image-recipe/r/1.0.0", "infrastructure-configuration/i"
        ),
    }
    sandbox = spola.sandbox(empty=True)
    before = sandbox.now()
    result = await program.run_async(None, inputs, transport=sandbox)
    assert result.raise_for_failure().outcome == "succeeded"
    assert sandbox.now() > before, "the waits moved its clock"


def a_sandbox_goes_on_from_its_state(tmp_path) -> None:
    program = harness.shipped("ensure-repository-and-seed-image")
    first = spola.sandbox(empty=True)
    first.control("settings", {"layers": "trusted"})
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": "sha256:" + "0" * 64,
                "size": 2,
            },
            "layers": [],
        }
    )
    inputs = {"repositoryName": "new", "imageManifest": manifest, "imageTag": "v1"}
    program.run(None, inputs, transport=first).raise_for_failure()
    (tmp_path / "state").write_bytes(first.state())
    for state in (first.state(), tmp_path / "state"):
        again = program.run(None, inputs, transport=spola.sandbox(state=state))
        assert again.outcome == "succeeded"
        assert "createRepository" not in [step["stepId"] for step in again.steps]


def the_sandbox_answers_for_its_services_alone() -> None:
    result = pets.program().run(transport=spola.sandbox())
    assert result.outcome == "failed"
    assert result.failure is not None and "not part of the sandbox" in result.failure.message


def a_failed_workflow_is_a_result_that_can_be_raised() -> None:
    result = harness.shipped("publish-image").run(
        None, {**INPUTS, "repositoryName": "none"}, transport=spola.sandbox()
    )
    assert result.outcome == "failed" and result.failure is not None
    with pytest.raises(spola.WorkflowFailed) as raised:
        result.raise_for_failure()
    assert raised.value.code == result.failure.code
    assert "RepositoryNotFoundException" in str(raised.value)


def a_result_has_the_shape_of_the_command_line() -> None:
    result = harness.shipped("image-inventory").run(
        None, {"repositoryName": "app"}, transport=spola.sandbox()
    )
    plain = json.loads(json.dumps(result.to_dict()))
    assert list(plain) == ["workflowId", "outcome", "outputs", "failure", "steps"]
    assert set(plain["steps"][0]) == {
        *("workflowId", "stepId", "execution", "attempt", "outcome"),
        *("request", "status", "criteria", "action"),
    }


def what_a_run_tells_is_told_in_order() -> None:
    told: list[spola.Progress] = []
    pets.program().run(transport=lambda send: OK, on_progress=told.append)
    kinds = [type(one).__name__ for one in told]
    assert kinds == ["StepStarted", "Attempt", "Answered", "Outputs", "Action", "Note"]
    assert isinstance(told[4], spola.Action) and told[4].succeeded


def a_run_is_logged(caplog) -> None:
    with caplog.at_level(logging.DEBUG, "spola"):
        pets.program().run(transport=lambda send: OK)
    assert "list: GET https://pets.example/pets" in caplog.messages


def an_interrupt_leaves_a_run_that_goes_on() -> None:
    program = harness.shipped("image-inventory")
    sandbox = spola.sandbox()
    calls = 0

    def stop_once(send: spola.Send) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise KeyboardInterrupt
        return 200, *sandbox._core.handle(send.request)[1:]

    keys = {"access_key_id": "A", "secret_access_key": "B"}
    with pytest.raises(KeyboardInterrupt) as stopped:
        program.run(
            None,
            {"repositoryName": "app"},
            transport=stop_once,
            credentials=keys,
            region="us-east-1",
        )
    run = program.resume(stopped.value.snapshot)
    assert run.drive(transport=stop_once, credentials=keys).outcome == "succeeded"


@pytest.mark.parametrize(
    "in_doubt, outcome", [(None, "failed"), ("send", "succeeded"), ("skip", "succeeded")]
)
def an_interrupted_run_can_be_driven_again(in_doubt: Any, outcome: str) -> None:
    run = pets.posting().start(inputs={"key": "hunter2"}, headers={"X-Own": "1"})
    seen: list[spola.Request] = []

    def stop_once(send: spola.Send) -> Any:
        seen.append(send.request)
        if len(seen) == 1:
            raise KeyboardInterrupt
        return OK

    with pytest.raises(KeyboardInterrupt):
        run.drive(transport=stop_once)
    assert run.drive(transport=stop_once, in_doubt=in_doubt).outcome == outcome
    assert len(seen) == (2 if in_doubt == "send" else 1)
    assert all(request.header("x-own") == "1" for request in seen)


async def a_cancelled_task_leaves_a_run_that_goes_on(web: server.Server) -> None:
    program = pets.program()
    run = program.start(endpoint=web.url)
    async with httpx.AsyncClient() as client:
        slow = spola.transport.HttpxAsync(client)
        sent = asyncio.Event()

        async def hang(send: spola.Send) -> Any:
            sent.set()
            await asyncio.Event().wait()

        task = asyncio.ensure_future(run.drive_async(transport=hang))
        await sent.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert run.outcome is None
        assert (
            program.resume(run.snapshot()).drive(transport=lambda send: OK).outcome == "succeeded"
        )
        assert (await run.drive_async(transport=slow)).outputs == {"first": "Rex"}


async def a_run_is_cancelled_with_everything_under_way(web: server.Server) -> None:
    async with aiohttp.ClientSession() as session:
        run = spola.load(pets.COUNT, sources={"pets": pets.PETS.replace("/pets:", "/slow:")}).start(
            endpoint=web.url
        )
        task = asyncio.ensure_future(run.drive_async(transport=session, timeout=60))
        await asyncio.to_thread(web.asked.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert run.outcome is None


def the_whole_may_run_out_of_time(web: server.Server) -> None:
    program = spola.load(pets.COUNT, sources={"pets": pets.PETS.replace("/pets:", "/slow:")})
    result = program.run(endpoint=web.url, timeout=0.05)
    assert result.outcome == "failed"
    assert result.failure is not None and result.failure.code == "run.timeout"


async def the_whole_may_run_out_of_time_asynchronously(web: server.Server) -> None:
    program = spola.load(pets.COUNT, sources={"pets": pets.PETS.replace("/pets:", "/slow:")})
    async with httpx.AsyncClient() as client:
        result = await program.run_async(endpoint=web.url, timeout=0.05, transport=client)
    assert result.failure is not None and result.failure.code == "run.timeout"


def the_state_is_kept_before_each_request_and_after_each_answer(tmp_path) -> None:
    program = pets.program()
    at_request: list[bytes] = []

    def call(send: spola.Send) -> Any:
        at_request.append((tmp_path / "state").read_bytes())
        return OK

    result = program.run(transport=call, keep=tmp_path / "state")
    assert result.outcome == "succeeded"
    again = program.resume(at_request[0]).drive(transport=lambda send: OK)
    assert again.outputs == result.outputs
    over = program.resume((tmp_path / "state").read_bytes())
    assert over.outcome is not None and over.outcome.outcome == "succeeded"
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def several_at_once_go_side_by_side() -> None:
    machine = Together()
    carrier = spola.transport.transport_for(machine.answer, asynchronous=False)
    run = spola.Run(machine, None, {}, None, None)  # type: ignore[arg-type]
    host = loop.Host(run, carrier, {}, None)
    loop._loop(host)
    assert machine.fed == {0, 1, 2}


async def several_at_once_go_side_by_side_asynchronously() -> None:
    machine = Together()
    carrier = spola.transport.transport_for(machine.answer, asynchronous=True)
    run = spola.Run(machine, None, {}, None, None)  # type: ignore[arg-type]
    await loop._loop_async(loop.Host(run, carrier, {}, None))
    assert machine.fed == {0, 1, 2}


class Together:
    """A machine that asks for two requests and a wait at once, and drops a third request."""

    def __init__(self) -> None:
        request = spola.Request("GET", "https://a.example/")
        self.effects: list[Any] = [
            spola.Send(0, request),
            spola.Send(1, request),
            spola.Wait(2, 0.0),
        ]
        self.effects += [spola.Send(3, request), spola.Abort(3)]
        self.fed: set[int] = set()
        self.both = threading.Barrier(2, timeout=10)

    def poll_quietly(self) -> Any:
        if self.effects:
            return self.effects.pop(0)
        return spola.Done(None) if len(self.fed) == 3 else None  # type: ignore[arg-type]

    poll = poll_quietly

    def feed(self, event: Any) -> None:
        self.fed.add(event.id)

    def snapshot(self) -> bytes:
        return b""

    def answer(self, send: spola.Send) -> Any:
        self.both.wait()
        return OK


def a_result_and_a_program_show_themselves_in_notebooks() -> None:
    program = harness.shipped("image-inventory")
    result = program.run(None, {"repositoryName": "app"}, transport=spola.sandbox())
    assert "<td>listImages</td>" in result._repr_html_() and "succeeded" in result._repr_html_()
    assert "<b>image-inventory</b>" in program._repr_html_()
    evil = spola.load(
        {**pets.COUNT, "workflows": [{**pets.COUNT["workflows"][0], "summary": "<script>"}]},
        sources={"pets": pets.PETS},
    )
    assert "<script>" not in evil._repr_html_()


@pytest.mark.parametrize("use", ["rich", "tqdm", "plain"])
def a_progress_line_says_what_is_done(use: str, capsys) -> None:
    line = spola.progress(use=use)
    result = pets.program().run(transport=lambda send: OK, on_progress=line)
    assert result.outcome == "succeeded"
    if use == "plain":
        assert "count · list · GET" in capsys.readouterr().err


class Closed:
    """Clients that were closed before they were used."""

    @staticmethod
    def httpx_client() -> Any:
        client = httpx.Client()
        client.close()
        return client


MISUSE: dict[str, tuple[Any, str]] = {
    "a closed session": (Closed.httpx_client, "host.closed-transport"),
    "a transport that raises": (lambda: clients.raising, "host.transport-raised"),
    "nonsense": (lambda: lambda send: "nonsense", "host.bad-answer"),
    "nothing": (lambda: lambda send: None, "host.bad-answer"),
    "a triple of nonsense": (lambda: lambda send: ("a", "b", "c"), "host.wrong-type"),
    "an answer to another": (lambda: lambda send: spola.Response(77, 200), "host.bad-answer"),
    "two answers": (lambda: lambda send: [spola.Response(0, 200)] * 2, "host.bad-answer"),
    "a class": (lambda: httpx.Client, "host.unknown-transport"),
    "a number": (lambda: 7, "host.unknown-transport"),
    "an asynchronous client": (httpx.AsyncClient, "host.asynchronous"),
}


@pytest.mark.parametrize("case", MISUSE)
def misuse_of_transports_is_an_error_that_says_what_to_do(case: str) -> None:
    make, code = MISUSE[case]
    with pytest.raises(spola.Error) as raised:
        pets.program().run(transport=make())
    assert raised.value.code == code and raised.value.help
    if code in ("host.transport-raised", "host.bad-answer"):
        assert raised.value.snapshot is not None
        again = pets.program().resume(raised.value.snapshot).drive(transport=lambda send: OK)
        assert again.outcome == "succeeded"


async def closed_asynchronous_clients_are_told() -> None:
    client = httpx.AsyncClient()
    await client.aclose()
    session = aiohttp.ClientSession()
    await session.close()
    for closed in (client, session):
        with pytest.raises(spola.HostError) as raised:
            await pets.program().run_async(transport=closed)
        assert raised.value.code == "host.closed-transport"


@pytest.mark.parametrize(
    "options, code",
    [
        ({"timeout": -1}, "host.wrong-value"),
        ({"timeout": "1"}, "host.wrong-value"),
        ({"on_progress": 7}, "host.wrong-type"),
        ({"keep": 7}, "host.wrong-type"),
        ({"auth": 7}, "host.wrong-type"),
        ({"trnasport": None}, "host.unknown-option"),
    ],
)
def misuse_of_options_is_an_error_that_says_what_to_do(options: Any, code: str) -> None:
    with pytest.raises(spola.HostError) as raised:
        pets.program().run(**{"transport": lambda send: OK, **options})
    assert raised.value.code == code and raised.value.help


def an_error_of_the_callers_own_callback_stays_what_it_is() -> None:
    def tell(_: spola.Progress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        pets.program().run(transport=lambda send: OK, on_progress=tell)
    assert raised.value.snapshot  # type: ignore[attr-defined]
