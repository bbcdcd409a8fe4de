"""Programs and runs: the engine's, with the host's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from . import _spola
from .effects import Cancel, Effect, Event
from .errors import Diagnostic, HostError
from .options import check, settle, split
from .result import Result

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import DriveOptions, RunOptions, StartOptions
    from .transport import Transport


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a workflow, as the document has it."""

    id: str
    description: str | None
    operation: str | None
    """Method and path: `POST /images`."""
    operation_id: str | None
    source: str | None
    workflow: str | None
    """The workflow that it calls."""
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow, as the document has it."""

    id: str
    summary: str | None
    description: str | None
    inputs: dict[str, Any] | None = field(hash=False)
    """The schema of the inputs, references resolved."""
    outputs: tuple[str, ...]
    steps: tuple[Step, ...]
    depends_on: tuple[str, ...]


class Program:
    """Documents, read, checked and linked once; shared by any number of runs and threads.

    `spola.load` makes it.
    """

    __slots__ = ("_core", "_strict", "_workflows")

    def __init__(self, core: _spola.Program) -> None:
        self._core = core
        self._strict: _spola.Program | None = None
        self._workflows: tuple[Workflow, ...] | None = None

    @property
    def workflows(self) -> tuple[Workflow, ...]:
        """Its workflows, in the order written."""
        if self._workflows is None:
            self._workflows = tuple(_workflow(one) for one in self._core.workflows())
        return self._workflows

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of its source descriptions."""
        return tuple(self._core.sources())

    @property
    def digest(self) -> str:
        """Identifies what it means: the same for a document and its bundle."""
        return self._core.digest()

    def lint(self, *, strict: bool = False) -> list[Diagnostic]:
        """All that could be better, in document order."""
        return self._core.lint(strict)

    def start(
        self,
        workflow_id: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        **options: Unpack[StartOptions],
    ) -> Run:
        """Begins a run; `workflow_id` may be left out where there is one workflow.

        Region and endpoints of AWS come from the environment, unless given.
        Raises `RunError` where the inputs are wrong, `HostError` for a wrong option.
        """
        return self._start(workflow_id, inputs, options, None)

    def resume(
        self,
        snapshot: bytes,
        inputs: Mapping[str, Any] | None = None,
        *,
        in_doubt: Literal["send", "fail", "skip"] | None = None,
        **options: Unpack[StartOptions],
    ) -> Run:
        """Goes on with a run from where its snapshot was taken, by whatever host.

        `inputs` gives secret inputs again, which no snapshot holds. Options win over those
        of the snapshot. A request whose answer was never seen is sent again where that is
        safe, else its step fails, unless `in_doubt` says otherwise.
        Raises `RunError` where the snapshot is damaged or of another program.
        """
        return self._resume(snapshot, inputs, options, in_doubt, None)

    def run(
        self,
        workflow_id: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        **options: Unpack[RunOptions],
    ) -> Result:
        """Runs a workflow to its end. One that fails is a result, not an exception."""
        from .run import drive, transport_for

        start, rest = split(options)
        carrier = transport_for(rest.get("transport"), asynchronous=False)
        run = self._start(workflow_id, inputs, start, carrier)
        return drive(run, carrier, rest, profile=start.get("profile"))

    async def run_async(
        self,
        workflow_id: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        **options: Unpack[RunOptions],
    ) -> Result:
        """The same, asynchronously. A transport that blocks is used in a thread."""
        from .run import drive_async, transport_for

        start, rest = split(options)
        carrier = transport_for(rest.get("transport"), asynchronous=True)
        run = self._start(workflow_id, inputs, start, carrier)
        return await drive_async(run, carrier, rest, profile=start.get("profile"))

    def _start(
        self,
        workflow_id: str | None,
        inputs: Mapping[str, Any] | None,
        options: Mapping[str, Any],
        carrier: Transport | None,
    ) -> Run:
        core = self._linked(options)
        given = settle(core, options, carrier, fresh=True)
        return Run(self, core.start(workflow_id, inputs, given), inputs, given, options)

    def _resume(
        self,
        snapshot: bytes,
        inputs: Mapping[str, Any] | None,
        options: Mapping[str, Any],
        in_doubt: str | None,
        carrier: Transport | None,
    ) -> Run:
        core = self._linked(options)
        given = settle(core, options, carrier, fresh=False)
        machine = core.resume(snapshot, inputs, given, in_doubt)
        return Run(self, machine, inputs, given, options)

    def _linked(self, options: Mapping[str, Any]) -> _spola.Program:
        if not options.get("strict"):
            return self._core
        if self._strict is None:
            self._strict = self._core.strict()
        return self._strict

    def __repr__(self) -> str:
        return f"<Program {', '.join(one.id for one in self.workflows)}>"

    def _repr_html_(self) -> str:
        from .html import program_html

        return program_html(self)


class Run:
    """One execution: owns no socket, thread, clock, file or credential.

    Drive it yourself by one rule: *poll until `None`, act on each effect, feed what you
    saw, poll again*, until `outcome` is not `None`. Or let `drive` do it.
    """

    __slots__ = ("_driven", "_given", "_inputs", "_machine", "_options", "program")

    def __init__(
        self,
        program: Program,
        machine: _spola.Machine,
        inputs: Mapping[str, Any] | None = None,
        given: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.program = program
        self._machine = machine
        self._driven = False
        # What a snapshot leaves out, to go on after an interruption.
        secret = program._core.secret_inputs(machine.name) if inputs and machine.name else ()
        self._inputs = {name: inputs[name] for name in secret if inputs and name in inputs}
        self._given = given or {}
        self._options = options or {}

    @property
    def workflow_id(self) -> str | None:
        """The workflow that was asked for."""
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
        return drive(self, carrier, options, profile=self._options.get("profile"))

    async def drive_async(self, **options: Unpack[DriveOptions]) -> Result:
        """The same, asynchronously."""
        from .run import drive_async, transport_for

        check(options, drive=True)
        carrier = transport_for(options.get("transport"), asynchronous=True)
        return await drive_async(self, carrier, options, profile=self._options.get("profile"))

    def _go_on(self, in_doubt: str | None) -> None:
        """Has what is outstanding handed out again."""
        core = self.program._linked(self._options)
        given = {name: value for name, value in self._given.items() if name != "seed"}
        self._machine = core.resume(self.snapshot(), self._inputs, given, in_doubt)

    def __repr__(self) -> str:
        outcome = self.outcome
        state = "goes on" if outcome is None else outcome.outcome
        return f"<Run {self.workflow_id}: {state}>"


def _workflow(plain: dict[str, Any]) -> Workflow:
    return Workflow(
        id=plain["id"],
        summary=plain["summary"],
        description=plain["description"],
        inputs=plain["inputs"],
        outputs=tuple(plain["outputs"]),
        steps=tuple(_step(one) for one in plain["steps"]),
        depends_on=tuple(plain["depends_on"]),
    )


def _step(plain: dict[str, Any]) -> Step:
    return Step(**{**plain, "outputs": tuple(plain["outputs"])})
