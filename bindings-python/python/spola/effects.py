"""What passes between a run and its host: effects, progress, events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from ._spola import Outcome

Headers: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]
"""Header fields as a mapping or as pairs."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: method, absolute URL, header fields as pairs, body."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header field of that name, in any letter case."""
        name = name.lower()
        return next((value for key, value in self.headers if key.lower() == name), None)

    def __repr__(self) -> str:
        """Without values that may be secret: query, header values, body."""
        url = self.url.partition("?")[0]
        names = [name for name, _ in self.headers]
        return f"Request({self.method} {url}, headers={names}, body={len(self.body)} bytes)"


@dataclass(frozen=True, slots=True)
class Scheme:
    """One way to authorize: `sigv4`, `apikey`, `basic`, `bearer` or `oauth2`."""

    type: str
    service: str | None = None
    region: str | None = None
    name: str | None = None
    place: str | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Auth:
    """What authorization a request needs; it holds no secret.

    `source` names the source description, all `schemes` apply. With `renew` fresh
    credentials are wanted; `server_time` is the service's clock, to sign with.
    """

    source: str
    schemes: tuple[Scheme, ...]
    optional: bool = False
    renew: bool = False
    server_time: int | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Send one request; feed a `Response` or `Failed`.

    Follow no redirect, stop reading at `max_response` bytes. `timeout` is in seconds,
    `None`: as long as the host likes. `shown_url` is the URL for logs, without secrets.
    """

    id: int
    request: Request
    auth: Auth | None = None
    timeout: float | None = None
    max_response: int = 64 << 20
    repeat: Literal["safe", "unsafe"] = "unsafe"
    shown_url: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait `delay` seconds; feed an `Elapsed`."""

    id: int
    delay: float


@dataclass(frozen=True, slots=True)
class Abort:
    """Drop that request or wait; feed nothing."""

    id: int


@dataclass(frozen=True, slots=True)
class Done:
    """The run is over."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run failed: a stable code, the step where there is one, and a message."""

    code: str
    step_id: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run tells while it goes on; show it or drop it."""


@dataclass(frozen=True, slots=True)
class StepStarted(Progress):
    """A step was entered, for the so-manyth time."""

    workflow_id: str
    step_id: str
    execution: int


@dataclass(frozen=True, slots=True)
class Attempt(Progress):
    """A request is about to be sent."""

    id: int
    workflow_id: str
    step_id: str
    execution: int
    attempt: int
    method: str
    url: str


@dataclass(frozen=True, slots=True)
class Answered(Progress):
    """An answer came, or none: then `status` is `None`."""

    id: int
    status: int | None


@dataclass(frozen=True, slots=True)
class Criterion(Progress):
    """A success criterion was judged; `note` says why it could not be."""

    id: int | None
    condition: str
    passed: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class Outputs(Progress):
    """A step's outputs were taken: the names of those that resolved."""

    workflow_id: str
    step_id: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action(Progress):
    """What comes next: `next`, `goto:listImages`, `end`, `retry` or `resend`."""

    id: int | None
    workflow_id: str
    step_id: str
    succeeded: bool
    action: str


@dataclass(frozen=True, slots=True)
class Waiting(Progress):
    """A wait of `delay` seconds, and why: `poll`, `retry`, `resend`."""

    step_id: str
    why: str
    delay: float


@dataclass(frozen=True, slots=True)
class Layer(Progress):
    """What became of a layer of an image that is being copied."""

    digest: str
    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Image(Progress):
    """What became of an image, or of the manifest of one of its platforms."""

    digest: str
    tag: str | None
    stage: str


@dataclass(frozen=True, slots=True)
class Note(Progress):
    """Something worth telling that changes nothing."""

    step_id: str | None
    message: str


Effect: TypeAlias = Send | Wait | Abort | Progress | Done
"""What `poll` gives."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer came. `elapsed`: seconds since the `Send` was handed out."""

    id: int
    status: int
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    elapsed: float = 0.0


Reason: TypeAlias = Literal[
    "resolve",
    "connect",
    "tls",
    "timeout",
    "reset",
    "truncated",
    "too-large",
    "unsupported",
    "other",
]
"""Why no answer came."""


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer came; `message` is for people, with the address that was tried."""

    id: int
    reason: Reason
    message: str
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The wait is over."""

    id: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """The run is to end now: `user` (interrupted) or `timeout` (failed)."""

    reason: Literal["user", "timeout"] = "user"


Event: TypeAlias = Response | Failed | Elapsed | Cancel
"""What `feed` takes."""
