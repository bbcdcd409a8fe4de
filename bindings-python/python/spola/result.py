"""How a run ended, and what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from .effects import Failure
from .errors import WorkflowFailed

if TYPE_CHECKING:
    from . import _spola


class Result:
    """How a run ended. Values are made when they are first asked for, and once."""

    __slots__ = ("_machine", "_outcome", "_steps")

    def __init__(self, machine: _spola.Machine, outcome: _spola.Outcome) -> None:
        self._machine = machine
        self._outcome = outcome
        self._steps: list[dict[str, Any]] | None = None

    @property
    def workflow_id(self) -> str | None:
        """The workflow that was asked for."""
        return self._machine.name

    @property
    def outcome(self) -> Literal["succeeded", "failed", "interrupted"]:
        """`succeeded`, `failed` or `interrupted`."""
        return self._outcome.outcome

    @property
    def outputs(self) -> dict[str, Any]:
        """The workflow's outputs, as far as they resolve, at every ending."""
        return self._outcome.outputs

    @property
    def failure(self) -> Failure | None:
        """Why it failed or was interrupted: `code`, `step_id`, `message`."""
        return self._outcome.failure

    @property
    def steps(self) -> list[dict[str, Any]]:
        """One entry for each request, in order, as `spola run --json` prints them."""
        if self._steps is None:
            self._steps = self._machine.steps()
        return self._steps

    def raise_for_failure(self) -> Result:
        """Raises `WorkflowFailed` unless the workflow succeeded; gives the result back."""
        failure = self.failure
        if self.outcome == "succeeded":
            return self
        if failure is None:
            raise WorkflowFailed(f"the workflow {self.outcome}", "run.failed")
        at = f" at step `{failure.step_id}`" if failure.step_id else ""
        raise WorkflowFailed(
            f"`{self.workflow_id}` {self.outcome}{at}: {failure.message}", failure.code
        )

    def to_dict(self) -> dict[str, Any]:
        """The same as the object that `spola run --json` prints."""
        failure = self.failure
        return {
            "workflowId": self.workflow_id,
            "outcome": self.outcome,
            "outputs": self.outputs,
            "failure": failure
            and {"code": failure.code, "stepId": failure.step_id, "message": failure.message},
            "steps": self.steps,
        }

    def __repr__(self) -> str:
        why = f" ({self.failure.code})" if self.failure else ""
        return f"<Result of {self.workflow_id}: {self.outcome}{why}>"

    def _repr_html_(self) -> str:
        from .html import result_html

        return result_html(self)
