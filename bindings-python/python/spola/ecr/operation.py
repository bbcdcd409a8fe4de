"""Operations of the toolkit, and what names mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import _spola
from ..options import EcrOptions, EcrRunOptions, settle, split
from ..result import Result
from ..running import Run

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..transport import Transport

OPERATIONS: tuple[str, ...] = tuple(_spola.ECR_OPERATIONS)
"""The names of all operations."""


@dataclass(frozen=True, slots=True)
class Name:
    """What the name of an image or repository means; nothing was asked."""

    uri: str
    registry: str
    account: str
    region: str
    repository: str
    arn: str
    tag: str | None
    digest: str | None

    def __str__(self) -> str:
        return self.uri


def name(
    text: str,
    *,
    account: str | None = None,
    region: str | None = None,
    default_tag: str | None = None,
) -> Name:
    """Reads an address, a short name or the ARN of a repository.

    Raises `EcrError` where it is none, or lacks account and region that were not given.
    """
    return Name(**_spola.ecr_name(text, account, region, default_tag))


class Operation:
    """An operation with its arguments: run it, or start its machine."""

    __slots__ = ("arguments", "name")

    def __init__(self, name: str, arguments: Mapping[str, Any] | None = None) -> None:
        """`name` is one of `OPERATIONS`; arguments that are `None` are not given."""
        self.name: str = name
        self.arguments: dict[str, Any] = {
            key: value for key, value in (arguments or {}).items() if value is not None
        }

    def run(self, **options: Unpack[EcrRunOptions]) -> Result:
        """Carries it out. A failure of AWS is a result, not an exception."""
        from ..run import drive, transport_for

        start, rest = split(options, ecr=True)
        carrier = transport_for(rest.get("transport"), asynchronous=False)
        return drive(self._start(start, carrier), carrier, rest, profile=start.get("profile"))

    async def run_async(self, **options: Unpack[EcrRunOptions]) -> Result:
        """The same, asynchronously. A transport that blocks is used in a thread."""
        from ..run import drive_async, transport_for

        start, rest = split(options, ecr=True)
        carrier = transport_for(rest.get("transport"), asynchronous=True)
        run = self._start(start, carrier)
        return await drive_async(run, carrier, rest, profile=start.get("profile"))

    def start(self, **options: Unpack[EcrOptions]) -> Run:
        """Begins it: the bare machine."""
        return self._start(options, None)

    def _start(self, options: Mapping[str, Any], carrier: Transport | None) -> Run:
        account, given = _settled(options, carrier, fresh=True)
        machine = _spola.ecr_start(self.name, self.arguments, given, account)
        return _run(machine, given, account, options)

    def __repr__(self) -> str:
        return f"<Operation {self.name}>"


def resume(snapshot: bytes, **options: Unpack[EcrOptions]) -> Run:
    """Goes on with an operation from where its snapshot was taken, by whatever host.

    Options win over those of the snapshot.
    """
    account, given = _settled(options, None, fresh=False)
    return _run(_spola.ecr_resume(snapshot, given, account), given, account, options)


def _settled(
    options: Mapping[str, Any], carrier: Transport | None, *, fresh: bool
) -> tuple[str | None, dict[str, Any]]:
    rest = {key: value for key, value in options.items() if key != "account"}
    return options.get("account"), settle(("ecr",), rest, carrier, fresh=fresh)


def _run(
    machine: _spola.Machine, given: dict[str, Any], account: str | None, options: Mapping[str, Any]
) -> Run:
    again = {key: value for key, value in given.items() if key != "seed"}

    def resumed(snapshot: bytes, _: str | None) -> _spola.Machine:
        return _spola.ecr_resume(snapshot, again, account)

    return Run(machine, resumed, given, options.get("profile"), None)
