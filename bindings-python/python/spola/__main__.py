"""`python -m spola`: the heart of the command line, without installing it.

The command `spola`, which is built with Rust, does more.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from . import _spola
from .effects import Action, Progress
from .errors import Error, HostError
from .loading import lint, load
from .memory import Sandbox
from .program import Program


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m spola", description="Runs Arazzo workflows.")
    top.add_argument("--version", action="version", version=f"spola {_spola.__version__}")
    commands = top.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run a workflow")
    run.add_argument("document")
    run.add_argument("workflow_id", nargs="?")
    run.add_argument("-i", "--input", action="append", default=[], metavar="NAME=VALUE")
    run.add_argument("--inputs", metavar="FILE", help="a JSON or YAML object; '-': standard input")
    run.add_argument("--sandbox", action="store_true", help="in-memory AWS")
    run.add_argument("--endpoint", metavar="URL")
    run.add_argument("--region")
    run.add_argument("--profile")
    run.add_argument("--timeout", type=float, metavar="SECONDS")
    run.add_argument("--snapshot", metavar="FILE", help="keep the run's state here")
    run.add_argument("--resume", metavar="FILE", help="go on from such a file")
    run.add_argument("--in-doubt", choices=["send", "fail", "skip"])
    run.add_argument("--json", action="store_true", help="one JSON object on standard output")
    run.add_argument("-q", "--quiet", action="store_true")
    check = commands.add_parser("lint", help="what is wrong, or could be better")
    check.add_argument("document", nargs="+")
    show = commands.add_parser("show", help="workflows, inputs, steps, operations")
    show.add_argument("document")
    for command in (run, check, show):
        command.add_argument("--source", action="append", default=[], metavar="NAME=FILE-OR-URL")
        command.add_argument("--strict", action="store_true")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; gives the exit status of the command line."""
    args = parser().parse_args(arguments)
    try:
        return {"run": _run, "lint": _lint, "show": _show}[args.command](args)
    except (Error, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(args: argparse.Namespace) -> int:
    program = load(args.document, sources=_pairs(args.source), strict=args.strict)
    workflow_id = _chosen(program, args.workflow_id)
    inputs = _inputs(args, program, workflow_id)
    start = {"endpoint": args.endpoint, "region": args.region, "profile": args.profile}
    sandbox = Sandbox() if args.sandbox else None
    if sandbox is not None:
        start = {"region": args.region or sandbox.region}
    if args.resume:
        state = Path(args.resume).read_bytes()
        run = program.resume(state, inputs, in_doubt=args.in_doubt, **start)
    else:
        run = program.start(workflow_id, inputs, **start)
    tell = None if args.quiet or args.json else _tell
    result = run.drive(
        transport=sandbox, timeout=args.timeout, keep=args.snapshot, on_progress=tell
    )
    if result.failure is not None:
        at = f" at step `{result.failure.step_id}`" if result.failure.step_id else ""
        print(f"error[{result.failure.code}]{at}: {result.failure.message}", file=sys.stderr)
    print(_pretty(result.to_dict() if args.json else result.outputs))
    return {"succeeded": 0, "failed": 1, "interrupted": 130}[result.outcome]


def _tell(told: Progress) -> None:
    if isinstance(told, Action):
        mark = "✓" if told.succeeded else "✗"
        print(f"{mark} {told.step_id}  → {told.action}", file=sys.stderr)


def _lint(args: argparse.Namespace) -> int:
    errors = 0
    for document in args.document:
        for found in lint(document, sources=_pairs(args.source), strict=args.strict):
            errors += found.severity == "error"
            print(found)
    return 1 if errors else 0


def _show(args: argparse.Namespace) -> int:
    for workflow in load(args.document, sources=_pairs(args.source)).workflows:
        print(workflow.id + (f": {workflow.summary}" if workflow.summary else ""))
        print(f"  inputs: {', '.join((workflow.inputs or {}).get('properties', {})) or '-'}")
        for step in workflow.steps:
            print(f"  {step.id}  {step.operation or step.workflow or ''}".rstrip())
        print(f"  outputs: {', '.join(workflow.outputs) or '-'}")
    return 0


def _chosen(program: Program, named: str | None) -> str:
    if named is None and len(program.workflows) == 1:
        return program.workflows[0].id
    if named is None:
        program.start()
    return str(named)


def _inputs(args: argparse.Namespace, program: Program, workflow_id: str) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    if args.inputs:
        text = sys.stdin.buffer.read() if args.inputs == "-" else Path(args.inputs).read_bytes()
        inputs = _spola.read_value(args.inputs, text)
        if not isinstance(inputs, dict):
            raise HostError(
                f"{args.inputs}: the inputs are not an object", "host.wrong-value", "give an object"
            )
    for name, text in _pairs(args.input).items():
        inputs[name] = program._core.read_input(workflow_id, name, text)
    return inputs


def _pairs(given: list[str]) -> dict[str, str]:
    for pair in given:
        if "=" not in pair:
            raise HostError(f"`{pair}` has no `=`", "host.wrong-value", "write NAME=VALUE")
    return dict(pair.split("=", 1) for pair in given)


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
