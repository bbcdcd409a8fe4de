"""What a host can get wrong: each is a `spola.Error` that says what to do."""

import pytest
import spola

import pets

CASES = {
    "inputs that are a list": (lambda: pets.program().start(inputs=[1]), "host.wrong-type"),
    "inputs that are a text": (lambda: pets.program().start(inputs="x"), "host.wrong-type"),
    "an input that JSON has not": (
        lambda: pets.program().start(inputs={"n": {1, 2}}),
        "host.wrong-type",
    ),
    "an input that is no number": (
        lambda: pets.program().start(inputs={"n": float("nan")}),
        "host.wrong-value",
    ),
    "an input with half a pair": (
        lambda: pets.program().start(inputs={"n": "\ud800"}),
        "host.wrong-value",
    ),
    "an input's name that is none": (
        lambda: pets.program().start(inputs={1: 2}),
        "host.wrong-type",
    ),
    "a huge number": (lambda: pets.program().start(inputs={"n": 10**9000}), "host.wrong-value"),
    "a workflow that is none": (lambda: pets.program().start(7), "host.wrong-type"),
    "an unknown workflow": (lambda: pets.program().start("cuont"), "run.unknown-workflow"),
    "an unknown option": (lambda: pets.program().start(regoin="x"), "host.unknown-option"),
    "an option of a wrong type": (
        lambda: pets.program().start(max_steps="many"),
        "host.wrong-type",
    ),
    "a negative number of steps": (lambda: pets.program().start(max_steps=-1), "host.wrong-value"),
    "a negative interval": (lambda: pets.program().start(poll_interval=-1), "host.wrong-value"),
    "an endless wait": (lambda: pets.program().start(max_wait=float("inf")), "host.wrong-value"),
    "headers that cannot be sent": (
        lambda: pets.program().start(headers={"a b": "c"}),
        "host.wrong-value",
    ),
    "headers that are none": (lambda: pets.program().start(headers=7), "host.wrong-type"),
    "a document that is none": (lambda: spola.load(7), "host.wrong-type"),
    "a document that is not there": (lambda: spola.load("nowhere.yaml"), "document.unavailable"),
    "sources that are none": (lambda: spola.load(pets.COUNT, sources=[1]), "host.wrong-type"),
    "a mapping that JSON has not": (lambda: spola.load({"a": {1}}), "host.wrong-value"),
    "an event that is none": (lambda: pets.program().start().feed(7), "host.wrong-type"),
    "an id that was never issued": (
        lambda: pets.program().start().feed(spola.Elapsed(9)),
        "run.unknown-call",
    ),
    "a negative id": (lambda: pets.program().start().feed(spola.Elapsed(-9)), "host.wrong-value"),
    "a snapshot that is none": (lambda: pets.program().resume("x"), "host.wrong-type"),
    "a snapshot of nothing": (lambda: pets.program().resume(b""), "run.damaged-snapshot"),
    "a doubt that is none": (lambda: pets.program().resume(b"", in_doubt="x"), "host.wrong-value"),
    "the result of a run that goes on": (lambda: pets.program().start().result(), "host.not-over"),
    "a sandbox of nonsense": (lambda: spola.sandbox(state=b"{}"), "sandbox.unreadable-state"),
    "credentials that are none": (
        lambda: spola.authorize(
            spola.Request("GET", "https://a.example"), spola.Auth("a", ()), 7, 0.0
        ),
        "host.wrong-type",
    ),
}


@pytest.mark.parametrize("case", CASES)
def misuse_is_an_error_that_says_what_to_do(case: str) -> None:
    act, code = CASES[case]
    with pytest.raises(spola.Error) as raised:
        act()
    assert raised.value.code == code, raised.value
    assert raised.value.diagnostics
    assert raised.value.help or code == "document.unavailable"


@pytest.mark.parametrize(
    "event",
    [
        spola.Response(0, 200, {"a": "b"}, "text"),
        spola.Response(0, 99, {}, b""),
        spola.Response(0, 70000, {}, b""),
        spola.Response(0, "200", {}, b""),
        spola.Response(0, 200, "a: b", b""),
        spola.Response(0, 200, 7, b""),
        spola.Response(0, 200, [("a",)], b""),
        spola.Response(0, 200, {}, b"", -1.0),
        spola.Failed(0, "because", "x"),
        spola.Failed(0, "reset", 7),
        spola.Cancel("whim"),
        spola.Elapsed(0),
    ],
    ids=str,
)
def a_wrong_event_changes_nothing(event) -> None:
    run = pets.program().start()
    pets.sent(run)
    before = run.snapshot()
    with pytest.raises(spola.Error):
        run.feed(event)
    assert run.snapshot() == before


def a_snapshot_that_was_cut_is_refused_at_every_place() -> None:
    program = pets.program()
    run = program.start()
    pets.sent(run)
    state = run.snapshot()
    for end in range(len(state)):
        with pytest.raises(spola.RunError):
            program.resume(state[:end])


def a_snapshot_of_another_program_is_refused() -> None:
    run = pets.program().start()
    other = spola.load(
        {**pets.COUNT, "workflows": [{**pets.COUNT["workflows"][0], "workflowId": "x"}]},
        sources={"pets": pets.PETS},
    )
    with pytest.raises(spola.RunError) as refused:
        other.resume(run.snapshot())
    assert refused.value.code == "run.foreign-snapshot"


def every_error_is_of_its_room() -> None:
    rooms = {"run": spola.RunError, "host": spola.HostError, "link": spola.LinkError}
    with pytest.raises(spola.RunError):
        pets.program().start("nothing")
    for room, kind in rooms.items():
        assert issubclass(kind, spola.Error) and kind.__name__.lower().startswith(room)
