"""What the tests share: conversations, played through the binding.

The files of tests/conversations know nothing of a language; tests/harness.rs plays the
same for Rust.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import spola
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
CONVERSATIONS = ROOT / "tests/conversations"
WORKFLOWS = ROOT / "workflows/arazzo"

_NAMES = {
    "endpoints": "endpoint",
    "serverVariables": "server_variables",
    "region": "region",
    "maxSteps": "max_steps",
    "maxDepth": "max_depth",
    "pollInterval": "poll_interval",
    "maxWait": "max_wait",
    "maxResponse": "max_response",
    "maxAttempts": "max_attempts",
    "seed": "seed",
}


def read_yaml(path: Path) -> Any:
    """A YAML 1.2 file as a plain value."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(path)))


def shipped(name: str) -> spola.Program:
    """One of the four workflows."""
    return spola.load(WORKFLOWS / f"{name}.arazzo.yaml")


class Conversation:
    """A conversation: every request, wait and the ending have to be as expected."""

    def __init__(self, path: Path) -> None:
        self.value = read_yaml(path)
        document = self.value.get("document")
        if document is not None:
            self.program = spola.load(path.parent / document)
        else:
            self.program = _of_texts(self.value["documents"], bool(self.value.get("strict")))
        given = self.value.get("options") or {}
        # The environment's own settings are of no concern here.
        self.options: dict[str, Any] = {"seed": 0, "max_attempts": 3, "aws_endpoint": {}}
        self.options |= {_NAMES[name]: value for name, value in given.items()}

    def play(self, resumed: bool) -> None:
        """Plays it straight, or by a run that is resumed from a snapshot at every effect."""
        inputs = self.value.get("inputs") or {}
        try:
            run = self.program.start(self.value.get("workflow"), inputs, **self.options)
        except spola.Error as error:
            return self._refused(error)
        turns = iter(self.value.get("turns") or [])
        while True:
            if resumed:
                run = self._resumed(run)
            effect = run.poll()
            assert effect is not None, "nothing to do"
            if resumed and isinstance(effect, (spola.Send, spola.Wait)):
                run = self._again(run, effect)
            match effect:
                case spola.Progress():
                    continue
                case spola.Done(outcome):
                    assert next(turns, None) is None, "it ended early"
                    self._check_outcome(outcome)
                    if not resumed:
                        self._check_steps(run.steps)
                    assert run.poll() is None and run.outcome is not None
                    return
                case spola.Wait(id, delay):
                    assert delay == next(turns)["wait"]
                    run.feed(spola.Elapsed(id))
                case spola.Send():
                    turn = next(turns)
                    _check_request(effect, turn["send"])
                    run.feed(_reply(effect, turn))
                case _:
                    raise AssertionError(f"unexpected {effect!r}")

    def _resumed(self, run: spola.Run) -> spola.Run:
        inputs = self.value.get("inputs") or {}
        return self.program.resume(
            run.snapshot(),
            inputs,
            in_doubt="send",
            max_attempts=self.options["max_attempts"],
            aws_endpoint={},
        )

    def _again(self, run: spola.Run, first: spola.Send | spola.Wait) -> spola.Run:
        run = self._resumed(run)
        second = run.poll()
        while isinstance(second, spola.Progress):
            second = run.poll()
        assert first == second
        return run

    def _refused(self, error: spola.Error) -> None:
        assert error.code == self.value["refused"]
        assert self.value.get("message", "") in error.message

    def _check_outcome(self, outcome: spola.Outcome) -> None:
        expected = self.value["outcome"]
        assert outcome.outcome == expected["outcome"], outcome.failure
        if "outputs" in expected:
            assert outcome.outputs == expected["outputs"]
        failure = outcome.failure
        if "code" in expected:
            assert failure is not None and failure.code == expected["code"]
        if "stepId" in expected:
            assert failure is not None and failure.step_id == expected["stepId"]
        if "message" in expected:
            assert failure is not None and expected["message"] in failure.message

    def _check_steps(self, steps: list[dict[str, Any]]) -> None:
        if "steps" not in self.value:
            return
        got = [
            f"{step['stepId']} {step['execution']}.{step['attempt']} "
            f"{'-' if step['status'] is None else step['status']} {step['action'] or '-'}"
            for step in steps
        ]
        assert got == self.value["steps"]


def _of_texts(texts: dict[str, Any], strict: bool) -> spola.Program:
    loader = spola.Loader(next(iter(texts)))
    while (url := loader.needs()) is not None:
        text = texts.get(url)
        if text is None:
            loader.failed(url, "the conversation has no such document")
        else:
            loader.supply(url, (text if isinstance(text, str) else json.dumps(text)).encode())
    return loader.link(strict=strict)


def _check_request(send: spola.Send, expected: Any) -> None:
    text = expected if isinstance(expected, str) else expected.get("request", "")
    request = send.request
    assert f"{request.method} {request.url}" == text
    if isinstance(expected, str):
        return
    for name, value in (expected.get("headers") or {}).items():
        assert request.header(name) == value, name
    if "body" in expected:
        body = expected["body"]
        got = request.body.decode() if isinstance(body, str) else json.loads(request.body)
        assert got == body
    if "noBody" in expected:
        assert request.body == b""
    if "auth" in expected:
        assert send.auth is not None and _plain(send.auth) == expected["auth"]
    if "timeout" in expected:
        assert send.timeout == expected["timeout"]


def _plain(auth: spola.Auth) -> dict[str, Any]:
    """An `Auth` as conversations write it."""
    names = {
        "type": "type",
        "service": "service",
        "region": "region",
        "name": "name",
        "place": "in",
    }
    schemes = [
        {names[name]: getattr(scheme, name) for name in names if getattr(scheme, name) is not None}
        for scheme in auth.schemes
    ]
    plain: dict[str, Any] = {"source": auth.source, "schemes": schemes}
    plain |= {"optional": True} if auth.optional else {}
    plain |= {"renew": True} if auth.renew else {}
    plain |= {"serverTime": auth.server_time} if auth.server_time is not None else {}
    return plain


def _reply(send: spola.Send, turn: Any) -> spola.Event:
    elapsed = turn.get("elapsed", 0.0)
    if "fail" in turn:
        fail = turn["fail"]
        return spola.Failed(send.id, fail["reason"], fail.get("message", "it failed"), elapsed)
    answer = turn.get("answer") or {}
    headers = dict(answer.get("headers") or {})
    body = answer.get("body")
    if "body" not in answer:
        text = b""
    else:
        text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    if text and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    return spola.Response(send.id, answer.get("status", 200), headers, text, elapsed)


IMAGE = read_yaml(ROOT / "workflows/examples/publish-image.inputs.yaml")


def published(sandbox: spola.Sandbox) -> spola.Result:
    """Puts an image into the sandbox."""
    return shipped("publish-image").run(None, IMAGE, transport=sandbox).raise_for_failure()
