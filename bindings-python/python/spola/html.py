"""Results and programs as HTML, for notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .program import Program, Workflow
    from .result import Result


def result_html(result: Result) -> str:
    """The steps of a result as a table."""
    rows = (
        (
            step["stepId"],
            f"{step['execution']}.{step['attempt']}",
            step["request"]["method"],
            step["request"]["url"],
            "–" if step["status"] is None else str(step["status"]),
            step["action"] or "–",
        )
        for step in result.steps
    )
    failure = result.failure
    why = (
        ""
        if failure is None
        else f"<p><code>{escape(failure.code)}</code> {escape(failure.message)}</p>"
    )
    head = f"<p><b>{escape(str(result.workflow_id))}</b> {escape(result.outcome)}</p>{why}"
    return head + _table(("step", "", "method", "URL", "status", "then"), rows)


def program_html(program: Program) -> str:
    """The workflows of a program as tables."""
    return "".join(_workflow(one) for one in program.workflows)


def _workflow(workflow: Workflow) -> str:
    rows = (
        (
            step.id,
            step.operation_id or step.workflow or "–",
            step.operation or "–",
            ", ".join(step.outputs),
        )
        for step in workflow.steps
    )
    summary = f" {escape(workflow.summary)}" if workflow.summary else ""
    properties = (workflow.inputs or {}).get("properties", {})
    inputs = ", ".join(properties) if isinstance(properties, dict) else ""
    head = f"<p><b>{escape(workflow.id)}</b>{summary}<br>inputs: {escape(inputs) or '–'}"
    head += f"<br>outputs: {escape(', '.join(workflow.outputs)) or '–'}</p>"
    return head + _table(("step", "operation", "", "outputs"), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"
