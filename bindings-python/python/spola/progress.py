"""A line that says what a run is doing: by rich or tqdm, in terminals and notebooks."""

from __future__ import annotations

import sys
from typing import Any

from .effects import Action, Attempt, Image, Layer, Progress, StepStarted, Waiting


class ProgressLine:
    """A line that is written over as the run goes on; hand it to `on_progress`.

    Uses rich where it is installed, else tqdm, else plain lines on standard error.
    """

    def __init__(self, *, use: str | None = None) -> None:
        """`use` is `rich`, `tqdm` or `plain`; the first that is installed, unless given."""
        self._line = _line(use)

    def __call__(self, told: Progress) -> None:
        """Shows what was told, where it is of interest."""
        text = words(told)
        if text is not None:
            self._line.show(text)

    def close(self) -> None:
        """Takes the line away; the loop does so at the end."""
        self._line.close()


def progress(*, use: str | None = None) -> ProgressLine:
    """A progress line: `program.run(…, on_progress=spola.progress())`."""
    return ProgressLine(use=use)


def words(told: Progress) -> str | None:
    """What is told, in a few words; `None` where it is of no interest on a line."""
    match told:
        case StepStarted(workflow, step, execution):
            again = f" ({execution})" if execution > 1 else ""
            return f"{workflow} · {step}{again}"
        case Attempt(_, workflow, step, _, attempt, method):
            again = f", attempt {attempt}" if attempt > 1 else ""
            return f"{workflow} · {step} · {method}{again}"
        case Waiting(step, why, delay):
            return f"{step} · waits {delay:g} s ({why})"
        case Action(_, workflow, step, succeeded, action):
            return f"{workflow} · {step} {'✓' if succeeded else '✗'} {action}"
        case Layer(digest, stage, done, total):
            share = f" {100 * done // total} %" if total else ""
            return f"layer {digest[:19]} {stage}{share}"
        case Image(digest, tag, stage):
            return f"image {tag or digest[:19]} {stage}"
    return None


def _line(use: str | None) -> _Plain | _Rich | _Tqdm:
    if use in (None, "rich"):
        try:
            return _Rich()
        except ImportError:
            if use:
                raise
    if use in (None, "tqdm"):
        try:
            return _Tqdm()
        except ImportError:
            if use:
                raise
    return _Plain()


class _Rich:
    def __init__(self) -> None:
        from rich.console import Console

        self._status: Any = Console(stderr=True).status("")
        self._started = False

    def show(self, text: str) -> None:
        from rich.markup import escape

        self._status.update(escape(text))
        if not self._started:
            self._started = True
            self._status.start()

    def close(self) -> None:
        if self._started:
            self._started = False
            self._status.stop()


class _Tqdm:
    def __init__(self) -> None:
        from tqdm.auto import tqdm  # type: ignore[import-untyped]

        self._make = tqdm
        self._bar: Any = None

    def show(self, text: str) -> None:
        if self._bar is None:
            self._bar = self._make(bar_format="{desc} [{elapsed}]", leave=False)
        self._bar.set_description_str(text)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class _Plain:
    def show(self, text: str) -> None:
        print(text, file=sys.stderr)

    def close(self) -> None:
        pass
