"""One execution: polled and fed, or driven."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from . import _spola
from .effects import Cancel, Effect, Event
from .errors import HostError
from .options import check
from .result import Result

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import DriveOptions
    from .program import Program


class Run:
    """One execution: owns no socket, thread, clock, file or credential.

    Drive it yourself by one rule: *poll until `None`, act on each effect, feed what you
    saw, poll again*, until `outcome` is not `None`. Or let `drive` do it.
    """

    __slots__ = ("_driven", "_given", "_machine", "_profile", "_resume", "program")

    def __init__(
        self,
        machine: _spola.Machine,
        resume: Callable[[bytes, str | None], _spola.Machine],
        given: Mapping[str, Any],
        profile: str | None,
        program: Program | None,
    ) -> None:
        self._machine = machine
        self._resume = resume
        self._given = given
        self._profile = profile
        self._driven = False
        self.program: Program | None = program
        """The program that is run; none for an operation of the ECR toolkit."""

    @property
    def workflow_id(self) -> str | None:
        """The workflow, or the operation of the toolkit, that was asked for."""
        return self._machine.name

    def poll(self) -> Effect | None:
        """The next effect; `None` when answers are owed (feed them and poll again), or when
        the run is over (then `outcome` is not `None`)."""
        return self._machine.poll()

    def feed(self, event: Event) -> None:
        """Takes what the host saw. An answer to what was aborted, and anything after the
        end, is ignored; an id that was never issued is a `RunError`."""
        self._machine.feed(event)

    def cancel(self, reason: Literal["user", "timeout"] = "user") -> None:
        """Ends the run now. It cannot go on then: take a snapshot before."""
        self._machine.feed(Cancel(reason))

    @property
    def outcome(self) -> _spola.Outcome | None:
        """How the run ended; `None` while it goes on."""
        return self._machine.outcome()

    def snapshot(self) -> bytes:
        """Where the run stands, as bytes that any host can go on from.

        Secret inputs are left out; step outputs stay, so it is as confidential as they are.
        """
        return self._machine.snapshot()

    @property
    def steps(self) -> list[dict[str, Any]]:
        """What was done since this object was made, request by request."""
        return self._machine.steps()

    def result(self) -> Result:
        """The result of a run that is over."""
        outcome = self.outcome
        if outcome is None:
            raise HostError(
                "the run is not over", "host.not-over", "go on until `outcome` is not `None`"
            )
        return Result(self._machine, outcome)

    def drive(self, **options: Unpack[DriveOptions]) -> Result:
        """Drives the run to its end. After an interruption it goes on where it stood."""
        from .run import drive, transport_for

        check(options, drive=True)
        carrier = transport_for(options.get("transport"), asynchronous=False)
        return drive(self, carrier, options, profile=self._profile)

    async def drive_async(self, **options: Unpack[DriveOptions]) -> Result:
        """The same, asynchronously."""
        from .run import drive_async, transport_for

        check(options, drive=True)
        carrier = transport_for(options.get("transport"), asynchronous=True)
        return await drive_async(self, carrier, options, profile=self._profile)

    def _go_on(self, in_doubt: str | None) -> None:
        """Has what is outstanding handed out again."""
        self._machine = self._resume(self.snapshot(), in_doubt)

    def __repr__(self) -> str:
        outcome = self.outcome
        state = "goes on" if outcome is None else outcome.outcome
        return f"<Run {self.workflow_id}: {state}>"
