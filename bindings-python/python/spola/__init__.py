"""spola runs Arazzo workflows with the HTTP client that you already have.

    import spola

    program = spola.load("publish-image.arazzo.yaml")
    result = program.run("publish-image", {"repositoryName": "app"})

The engine opens no socket and reads no clock: `Program.start` gives the bare machine,
`Program.run` and `Program.run_async` drive it.
"""

from . import ecr
from ._spola import Outcome, __version__
from .answer import Answer, Refused
from .effects import (
    Abort,
    Action,
    Answered,
    Attempt,
    Auth,
    Cancel,
    Criterion,
    Done,
    Effect,
    Elapsed,
    Event,
    Failed,
    Failure,
    Image,
    Layer,
    Note,
    Outputs,
    Progress,
    Request,
    Response,
    Scheme,
    Send,
    StepStarted,
    Wait,
    Waiting,
)
from .errors import (
    AuthError,
    Diagnostic,
    DocumentError,
    EcrError,
    Error,
    ExchangeError,
    ExpressionError,
    HostError,
    LinkError,
    Location,
    RunError,
    SandboxError,
    WorkflowFailed,
)
from .loading import Loader, lint, load
from .memory import Sandbox, sandbox
from .program import Program, Step, Workflow
from .progress import ProgressLine, progress
from .recording import Recording
from .result import Result
from .running import Run
from .signing import authorize

__all__ = [
    "Abort",
    "Action",
    "Answer",
    "Answered",
    "Attempt",
    "Auth",
    "AuthError",
    "Cancel",
    "Criterion",
    "Diagnostic",
    "DocumentError",
    "Done",
    "EcrError",
    "Effect",
    "Elapsed",
    "Error",
    "Event",
    "ExchangeError",
    "ExpressionError",
    "Failed",
    "Failure",
    "HostError",
    "Image",
    "Layer",
    "LinkError",
    "Loader",
    "Location",
    "Note",
    "Outcome",
    "Outputs",
    "Program",
    "Progress",
    "ProgressLine",
    "Recording",
    "Refused",
    "Request",
    "Response",
    "Result",
    "Run",
    "RunError",
    "Sandbox",
    "SandboxError",
    "Scheme",
    "Send",
    "Step",
    "StepStarted",
    "Wait",
    "Waiting",
    "Workflow",
    "WorkflowFailed",
    "__version__",
    "authorize",
    "ecr",
    "lint",
    "load",
    "progress",
    "sandbox",
]
