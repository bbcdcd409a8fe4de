"""What may be settled for a run, by keyword."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from .effects import Progress
from .errors import HostError
from .settings import AwsSettings

if TYPE_CHECKING:
    from .transport import Transport


class StartOptions(TypedDict, total=False):
    """What `start`, `resume`, `run` and `run_async` take. Times are in seconds."""

    endpoint: str | Mapping[str, str] | None
    """Where requests go instead of the descriptions' servers: a URL, or a mapping by
    source name."""
    aws_endpoint: str | Mapping[str, str] | None
    """The same for AWS requests alone, by signing name (`ecr`); `AWS_ENDPOINT_URL…` else."""
    region: str | None
    """The AWS region; as boto3 finds it, unless given."""
    profile: str | None
    """The AWS profile; needs botocore."""
    use_fips: bool | None
    """Whether AWS hosts for FIPS 140 are used."""
    use_dual_stack: bool | None
    """Whether AWS hosts for IPv4 and IPv6 are used."""
    server_variables: Mapping[str, str] | None
    """Server variables of other APIs, by name."""
    headers: Mapping[str, str | Mapping[str, str]] | None
    """Header fields for every request; under a source's name a mapping for its own."""
    max_steps: int | None
    """Step entries and retries at most: 10,000."""
    max_depth: int | None
    """Workflows within workflows at most: 32."""
    poll_interval: float | None
    """The pause before a poll: 2 s."""
    max_wait: float | None
    """No single wait is longer."""
    max_response: int | None
    """Bytes of an answer at most: 64 MiB."""
    max_attempts: int | None
    """How often an AWS request is sent at most below the workflow: 3; 1 switches it off."""
    seed: int | None
    """What jitter and made-up ids are drawn from; random, unless given."""
    strict: bool
    """Takes the specification by the letter."""
    dependency_inputs: Mapping[str, Mapping[str, Any]] | None
    """Inputs of workflows that the requested one depends on, by `workflowId`."""


class DriveOptions(TypedDict, total=False):
    """What `Run.drive` and `Run.drive_async` take."""

    transport: Any
    """What sends: a `requests.Session`, `httpx.Client`, `httpx.AsyncClient`,
    `aiohttp.ClientSession`, `spola.sandbox()`, or any callable; the standard library else."""
    credentials: Any
    """AWS credentials: a mapping, botocore's `Credentials`, or a callable that gives one of
    them; for operations that copy also one of these for each of `source` and `destination`.
    As boto3 finds them, unless given."""
    auth: Any
    """What other security schemes need: a mapping by source name to a text, or to a callable
    that gives it, or one callable that is given the `Auth`."""
    timeout: float | None
    """How long the whole may take; then it fails with `run.timeout`."""
    on_progress: Callable[[Progress], object] | None
    """Is called with everything that the run tells."""
    keep: str | os.PathLike[str] | Callable[[bytes], object] | None
    """Where the run's state is kept, before each request and after each answer: a file, which
    is written whole or not at all, or a callable."""
    in_doubt: Literal["send", "fail", "skip"] | None
    """What becomes of a request whose answer was never seen, where a run goes on."""


class RunOptions(StartOptions, DriveOptions, total=False):
    """What `Program.run` and `Program.run_async` take."""


class EcrOptions(StartOptions, total=False):
    """What operations of the ECR toolkit take beside."""

    account: str | None
    """Whose registry a name without one means; that of the credentials, unless given."""


class EcrRunOptions(EcrOptions, DriveOptions, total=False):
    """What `Operation.run` and `Operation.run_async` take."""


_DRIVE = frozenset(DriveOptions.__annotations__)
_START = frozenset(StartOptions.__annotations__)
_ECR = _START | {"account"}


def split(given: Mapping[str, Any], *, ecr: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options of a run's beginning, and of its driving."""
    known = _ECR if ecr else _START
    start: dict[str, Any] = {}
    drive: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known and name not in _DRIVE:
            raise _unknown(name, known | _DRIVE)
        (drive if name in _DRIVE else start)[name] = value
    return start, drive


def check(given: Mapping[str, Any], *, drive: bool) -> None:
    """Refuses options that there are not."""
    known = _DRIVE if drive else _START
    for name in given:
        if name not in known:
            raise _unknown(name, known)


def _unknown(name: str, known: frozenset[str]) -> HostError:
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    help = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(sorted(known))}"
    return HostError(f"there is no option `{name}`", "host.unknown-option", help)


def settle(
    services: Sequence[str], given: Mapping[str, Any], carrier: Transport | None, *, fresh: bool
) -> dict[str, Any]:
    """Options as the engine takes them, completed by what the environment says of AWS.

    `services` are the signing names of those that are called. Where the
    transport has a region, nothing of the environment counts.
    """
    check(given, drive=False)
    made = {name: value for name, value in given.items() if value is not None}
    profile = made.pop("profile", None)
    made.pop("strict", None)
    if "endpoint" in made:
        made["endpoints"] = _by_name(made.pop("endpoint"), "endpoint")
    if "aws_endpoint" in made:
        made["aws_endpoints"] = _by_name(made.pop("aws_endpoint"), "aws_endpoint")
    if "headers" in made:
        made["headers"] = _headers(made["headers"])
    if fresh:
        drawn = None if carrier is None else carrier.seed
        made.setdefault("seed", random.getrandbits(63) if drawn is None else drawn)
    if carrier is not None and carrier.wins:
        made.pop("endpoints", None)
        made.pop("aws_endpoints", None)
    if carrier is not None and carrier.region is not None:
        made.setdefault("region", carrier.region)
    elif services:
        _complete(made, services, AwsSettings(profile))
    return made


def _complete(made: dict[str, Any], services: Sequence[str], settings: AwsSettings) -> None:
    if "region" not in made and (region := settings.region()):
        made["region"] = region
    if "max_attempts" not in made and (attempts := settings.max_attempts()):
        made["max_attempts"] = attempts
    for name, variable, setting in (
        ("use_fips", "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
        ("use_dual_stack", "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
    ):
        if name not in made:
            made[name] = settings.flag(variable, setting)
    if "aws_endpoints" not in made:
        found = {service: settings.endpoint(service) for service in services}
        made["aws_endpoints"] = {service: url for service, url in found.items() if url}


def _by_name(given: object, option: str) -> dict[str, str]:
    if isinstance(given, str):
        return {"": given}
    if isinstance(given, Mapping):
        return dict(given)
    raise HostError(
        f"`{option}` cannot be a `{type(given).__name__}`",
        "host.wrong-type",
        "give a URL, or a mapping of names to URLs",
    )


def _headers(given: object) -> list[tuple[str | None, str, str]]:
    if not isinstance(given, Mapping):
        raise HostError(
            f"`headers` cannot be a `{type(given).__name__}`",
            "host.wrong-type",
            "give a mapping of names to values",
        )
    found: list[tuple[str | None, str, str]] = []
    for name, value in given.items():
        fields = value.items() if isinstance(value, Mapping) else [(name, value)]
        source = name if isinstance(value, Mapping) else None
        for field, text in fields:
            if not isinstance(field, str) or not isinstance(text, str):
                raise HostError(
                    f"the header `{field}` is no str",
                    "host.wrong-type",
                    "give names and values as str",
                )
            found.append((source, field, text))
    return found
