"""For tests: the in-memory AWS, and recorded runs, as fixtures of pytest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .memory import Sandbox
from .recording import Recording


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--spola-record`: what `spola_recording` does."""
    parser.getgroup("spola").addoption(
        "--spola-record",
        choices=["once", "all", "none"],
        default="once",
        help="record runs: once (where there is no recording), all (anew), none (only replay)",
    )


@pytest.fixture
def spola_sandbox() -> Sandbox:
    """An in-memory AWS with a small sample registry, new for each test."""
    return Sandbox()


@pytest.fixture
def spola_recording(request: pytest.FixtureRequest) -> Iterator[Callable[..., Recording]]:
    """Makes a transport that records once and replays after: `spola_recording(client)`.

    The file is `recordings/TEST.json` beside the test's own.
    """
    made: list[Recording] = []
    folder = Path(request.path).parent / "recordings"

    def recording(transport: Any = None, **more: Any) -> Recording:
        name = re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
        suffix = f"-{len(made) + 1}" if made else ""
        mode: Any = request.config.getoption("--spola-record")
        one = Recording(folder / f"{name}{suffix}.json", transport, mode=mode, **more)
        made.append(one)
        return one

    yield recording
    for one in made:
        one.close()
