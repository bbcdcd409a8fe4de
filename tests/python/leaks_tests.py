"""Nothing is left behind, however often and in whatever way a run ends."""

from __future__ import annotations

import os
from typing import Any

import pytest
import spola

import clients
import growth
import pets

RUNS = 10_000
PROGRAM = pets.program()


class Work:
    """What a host does a thousand times."""

    @staticmethod
    def run() -> None:
        result = PROGRAM.run(transport=clients.call_with_a_triple, inputs={"key": "hunter2"})
        assert result.outputs and result.steps

    @staticmethod
    def resume() -> None:
        run = PROGRAM.start()
        pets.sent(run)
        PROGRAM.resume(run.snapshot()).poll()

    @staticmethod
    def cancel() -> None:
        run = PROGRAM.start()
        pets.sent(run)
        run.cancel()

    @staticmethod
    def misuse() -> None:
        run = PROGRAM.start()
        for event in (7, spola.Elapsed(9), spola.Response(0, 200, "x", b"")):
            with pytest.raises(spola.Error):
                run.feed(event)  # type: ignore[arg-type]
        for act in (
            lambda: PROGRAM.start("nothing"),
            lambda: PROGRAM.start(inputs={"n": {1}}),
            lambda: PROGRAM.resume(b"{}"),
            lambda: PROGRAM.run(transport=clients.raising),
        ):
            with pytest.raises(spola.Error):
                act()

    @staticmethod
    def load() -> None:
        pets.program()


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc to look at")
@pytest.mark.parametrize(
    "work, times",
    [
        (Work.run, RUNS),
        (Work.resume, RUNS),
        (Work.cancel, RUNS),
        (Work.misuse, RUNS // 10),
        (Work.load, RUNS // 50),
    ],
    ids=["run", "resume", "cancel", "misuse", "load"],
)
def nothing_is_left_behind(work: Any, times: int) -> None:
    traced, held = growth.grown(work, times)
    assert traced < 64 * 1024, f"{traced} bytes of objects"
    assert held < 4 << 20, f"{held} bytes of memory"
