"""Programs and runs: the engine's, with the host's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from . import _spola
from .errors import Diagnostic
from .options import settle, split
from .result import Result
from .running import Run

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import RunOptions, StartOptions
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
        given = settle(core.aws_services(), options, carrier, fresh=True)
        machine = core.start(workflow_id, inputs, given)
        return self._made(core, machine, inputs, given, options)

    def _resume(
        self,
        snapshot: bytes,
        inputs: Mapping[str, Any] | None,
        options: Mapping[str, Any],
        in_doubt: str | None,
        carrier: Transport | None,
    ) -> Run:
        core = self._linked(options)
        given = settle(core.aws_services(), options, carrier, fresh=False)
        machine = core.resume(snapshot, inputs, given, in_doubt)
        return self._made(core, machine, inputs, given, options)

    def _made(
        self,
        core: _spola.Program,
        machine: _spola.Machine,
        inputs: Mapping[str, Any] | None,
        given: dict[str, Any],
        options: Mapping[str, Any],
    ) -> Run:
        """A run that keeps what a snapshot leaves out, to go on after an interruption."""
        names = core.secret_inputs(machine.name) if inputs and machine.name else ()
        secrets = {name: inputs[name] for name in names if inputs and name in inputs}
        again = {name: value for name, value in given.items() if name != "seed"}

        def resume(snapshot: bytes, in_doubt: str | None) -> _spola.Machine:
            return core.resume(snapshot, secrets, again, in_doubt)

        return Run(machine, resume, given, options.get("profile"), self)

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
