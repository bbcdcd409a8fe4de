"""The in-memory AWS as a transport."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from . import _spola
from .answer import Answer, Refused
from .effects import Request, Send
from .errors import SandboxError
from .transport import Transport


class Sandbox(Transport):
    """An in-memory Amazon ECR and EC2 Image Builder: no account, no network.

    Hand it to `run` or `run_async` as `transport`. Time is virtual there: waits cost
    nothing, they move its clock. A request to any host but these services' fails. It
    takes any credentials, and is account 123456789012.
    """

    blocking = False
    wins = True
    region: str | None = "us-east-1"
    keys: Mapping[str, str] | None = MappingProxyType(
        {"access_key_id": "AKIASANDBOX", "secret_access_key": "sandbox"}
    )

    def __init__(
        self, *, empty: bool = False, state: bytes | str | os.PathLike[str] | None = None
    ) -> None:
        if isinstance(state, (str, os.PathLike)):
            with open(state, "rb") as file:
                state = file.read()
        self._core = _spola.Sandbox(empty, state, time.time())
        self.requests: list[Request] = []
        """What was asked, in order."""

    def send(self, send: Send) -> Answer:
        """Answers one request."""
        request = send.request
        if not _spola.Sandbox.answers_for(request.url):
            raise Refused(
                "connect",
                f"{request.url.partition('?')[0]} is not part of the sandbox: it answers for "
                "Amazon ECR and EC2 Image Builder only",
            )
        self.requests.append(request)
        return Answer(*self._core.handle(request))

    def wait(self, delay: float) -> bool:
        """Lets `delay` seconds pass on its clock."""
        self._core.elapse(delay)
        return True

    def now(self) -> float:
        """What its clock shows, in seconds since the Unix epoch."""
        return self._core.now()

    def state(self) -> bytes:
        """The whole state: `spola.sandbox(state=…)` goes on from it, in any host."""
        return self._core.state_bytes()

    def control(self, path: str, body: object = None, *, method: str = "POST") -> Any:
        """Calls a control path: `faults`, `settings`, `reset`, `images`, `state`.

        `control("faults", {"kind": "throttling", "operation": "ListImages", "times": 1})`
        has the next call of that operation refused.
        """
        text = b"" if body is None else json.dumps(body).encode()
        request = Request(method, f"http://localhost/_sandbox/{path}", (), text)
        status, _, answer = self._core.handle(request)
        found = json.loads(answer) if answer else None
        if status != 200:
            raise SandboxError(
                found.get("message", "refused") if isinstance(found, dict) else "refused",
                f"sandbox.{found.get('code', 'refused')}"
                if isinstance(found, dict)
                else "sandbox.refused",
                "see the documentation of the sandbox's control paths",
            )
        return found

    def __repr__(self) -> str:
        return f"<Sandbox after {len(self.requests)} requests>"


def sandbox(*, empty: bool = False, state: bytes | str | os.PathLike[str] | None = None) -> Sandbox:
    """The in-memory AWS, with a small sample registry unless `empty`.

    `state` is what `Sandbox.state()` gave, or the path of a file that `spola run
    --sandbox-state` wrote.
    """
    return Sandbox(empty=empty, state=state)
