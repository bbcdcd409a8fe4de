"""By how much memory grows."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable


def resident() -> int:
    """Bytes of memory that this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def grown(act: Callable[[], None], times: int) -> tuple[int, int]:
    """By how many bytes the process, and what Python has allocated, grow."""
    for _ in range(times // 10):
        act()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0], resident()
    for _ in range(times):
        act()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0], resident()
    tracemalloc.stop()
    return after[0] - before[0], after[1] - before[1]
