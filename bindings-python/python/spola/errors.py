"""What can be wrong, each with a code, a place and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a document: its name, a JSON Pointer, line and column from 1 (0: unknown)."""

    document: str
    pointer: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `str` of it quotes the line that it is about."""

    code: str
    severity: str
    message: str
    help: str | None = None
    location: Location | None = None
    text: str = ""

    def __str__(self) -> str:
        return self.text or f"{self.severity}[{self.code}]: {self.message}"


class Error(Exception):
    """Everything that spola raises; there is a subclass for each room.

    `code` is stable, `help` says what to do, `location` is a place in a document where
    one is known, and `diagnostics` holds all that was found, warnings included.
    """

    snapshot: bytes | None = None
    """Where the run stood, if there was one: `Program.resume` goes on from it."""

    def __init__(
        self,
        message: str,
        code: str = "host.error",
        help: str | None = None,
        location: Location | None = None,
        diagnostics: Sequence[Diagnostic] = (),
    ) -> None:
        super().__init__(message, code, help, location, tuple(diagnostics))
        self.message = message
        self.code = code
        self.help = help
        self.location = location
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics) or (
            Diagnostic(code, "error", message, help, location),
        )

    def __str__(self) -> str:
        errors = [one for one in self.diagnostics if one.severity == "error"]
        if any(one.text for one in errors):
            return "\n".join(str(one) for one in errors)
        text = f"{self.message} [{self.code}]"
        return f"{text}; {self.help}" if self.help else text


class DocumentError(Error):
    """A document cannot be read (`document.…`)."""


class ExchangeError(Error):
    """An operation cannot be called as it is described (`exchange.…`)."""


class ExpressionError(Error):
    """An expression or condition is wrong (`expression.…`)."""


class LinkError(Error):
    """A name leads nowhere, or an object is not what it has to be (`link.…`)."""


class AuthError(Error):
    """A request cannot be authorized (`auth.…`)."""


class RunError(Error):
    """A run cannot start, go on or take an event (`run.…`)."""


class EcrError(Error):
    """A name or call of the ECR toolkit is wrong (`ecr.…`)."""


class SandboxError(Error):
    """The in-memory AWS cannot take what it is given (`sandbox.…`)."""


class HostError(Error):
    """The binding is given what it cannot use: a value, a session, a transport (`host.…`)."""


class WorkflowFailed(Error):
    """`Result.raise_for_failure` raises it: the workflow did not succeed."""


_ROOMS = {
    "document": DocumentError,
    "exchange": ExchangeError,
    "expression": ExpressionError,
    "link": LinkError,
    "auth": AuthError,
    "run": RunError,
    "ecr": EcrError,
    "sandbox": SandboxError,
    "host": HostError,
}


def from_diagnostics(found: Sequence[Diagnostic]) -> Error:
    """The exception for findings: of the room of the first error."""
    errors = [one for one in found if one.severity == "error"] or list(found)
    first = errors[0]
    message = first.message
    if len(errors) > 1:
        message += f", and {len(errors) - 1} more"
    kind = _ROOMS.get(first.code.partition(".")[0], Error)
    return kind(message, first.code, first.help, first.location, found)
