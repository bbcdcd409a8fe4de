"""The loop, plain and asynchronous: poll, act, feed."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .answer import Answer, Refused
from .effects import (
    Abort,
    Action,
    Attempt,
    Cancel,
    Done,
    Effect,
    Elapsed,
    Event,
    Failed,
    Note,
    Progress,
    Response,
    Send,
    Wait,
)
from .errors import Error, HostError
from .progress import ProgressLine
from .result import Result
from .transport import Transport, transport_for
from .wallet import Wallet

if TYPE_CHECKING:
    from ._spola import Machine
    from .running import Run

__all__ = ["drive", "drive_async", "transport_for"]

log: logging.Logger = logging.getLogger("spola")


class Host:
    """What one run is driven with."""

    def __init__(
        self, run: Run, carrier: Transport, options: Mapping[str, Any], profile: str | None
    ) -> None:
        given = run._given
        named = [*given.get("endpoints", {}).values(), *given.get("aws_endpoints", {}).values()]
        credentials = options.get("credentials")
        if credentials is None:
            credentials = carrier.keys
        self.run = run
        self.machine: Machine = run._machine
        self.carrier = carrier
        self.wallet: Wallet = Wallet(credentials, options.get("auth"), named, profile)
        self.on_progress: Callable[[Any], object] | None = _callable(
            options.get("on_progress"), "on_progress"
        )
        self.keeps = _keeper(options.get("keep"))
        timeout = _seconds(options.get("timeout"))
        self.end: float | None = None if timeout is None else time.monotonic() + timeout
        listens = self.on_progress is not None or log.isEnabledFor(logging.INFO)
        poll = self.machine.poll if listens else self.machine.poll_quietly
        self.poll: Callable[[], Effect | None] = poll

    def owed(self) -> tuple[list[Send | Wait], list[int], bool]:
        """All that the machine asks for now: what to answer, what to drop, whether it is over."""
        owed: list[Send | Wait] = []
        dropped: list[int] = []
        while (effect := self.poll()) is not None:
            if isinstance(effect, (Send, Wait)):
                owed.append(effect)
            elif isinstance(effect, Done):
                return [], dropped, True
            elif isinstance(effect, Abort):
                dropped.append(effect.id)
                owed = [one for one in owed if one.id != effect.id]
            else:
                self.tell(effect)
        return owed, dropped, False

    def tell(self, told: Progress) -> None:
        """Hands on what the run tells."""
        if self.on_progress is not None:
            self.on_progress(told)
        if isinstance(told, Action):
            log.info("%s: %s", told.step_id, told.action)
        elif isinstance(told, Attempt):
            log.debug("%s: %s %s", told.step_id, told.method, told.url)
        elif isinstance(told, Note):
            log.info("%s", told.message)
        else:
            log.debug("%r", told)

    def keep(self) -> None:
        """Keeps the run's state where it is wanted."""
        if self.keeps is not None:
            self.keeps(self.machine.snapshot())

    def left(self) -> float | None:
        """How many seconds the whole may still take."""
        return None if self.end is None else self.end - time.monotonic()

    def is_late(self) -> bool:
        """Whether the whole takes too long; then the machine is told."""
        left = self.left()
        if left is None or left > 0:
            return False
        self.keep()
        self.keeps = None
        self.machine.feed(Cancel("timeout"))
        return True

    def shortened(self, send: Send) -> Send:
        """The request, with no more time than the whole has left."""
        left = self.left()
        if left is None or (send.timeout is not None and send.timeout <= left):
            return send
        return replace(send, timeout=max(left, 0.001))

    def close(self) -> None:
        """Takes the progress line away, where there is one."""
        if isinstance(self.on_progress, ProgressLine):
            self.on_progress.close()

    def result(self) -> Result:
        """The result, at the end."""
        self.keep()
        return self.run.result()

    def perform(self, effect: Send | Wait) -> Event:
        """Does what the machine asks for, and says what was seen."""
        if isinstance(effect, Wait):
            if not self.carrier.wait(effect.delay):
                left = self.left()
                time.sleep(effect.delay if left is None else max(0.0, min(effect.delay, left)))
            return Elapsed(effect.id)
        return self.sent(self.shortened(effect))

    def sent(self, send: Send, authorized: bool = False) -> Event:
        """Sends one request."""
        began = time.monotonic()
        try:
            if send.auth is not None and not authorized:
                send = replace(send, request=self.wallet.authorized(send, self.carrier.now()))
            answer = self.carrier.send(send)
        except Refused as refused:
            return _failed(send, refused, began)
        return _event(send, answer, began)

    async def perform_async(self, effect: Send | Wait) -> Event:
        """The same, asynchronously."""
        if isinstance(effect, Wait):
            if not self.carrier.wait(effect.delay):
                await asyncio.sleep(effect.delay)
            return Elapsed(effect.id)
        send, began = effect, time.monotonic()
        try:
            if send.auth is not None:
                clock = self.carrier.now()
                if clock is None:
                    request = await self.wallet.authorized_async(send)
                else:
                    request = self.wallet.authorized(send, clock)
                send = replace(send, request=request)
            if self.carrier.blocking:
                answer = await asyncio.to_thread(self.carrier.send, send)
            else:
                answer = self.carrier.send(send)
            if isinstance(answer, Awaitable):
                answer = await answer
        except Refused as refused:
            return _failed(send, refused, began)
        return _event(send, answer, began)


def drive(
    run: Run, carrier: Transport, options: Mapping[str, Any], *, profile: str | None = None
) -> Result:
    """Drives a run to its end."""
    _go_on(run, options)
    host = Host(run, carrier, options, profile)
    run._driven = True
    try:
        _loop(host)
        run._driven = False
    except BaseException as error:
        _attach(run, error)
        raise
    finally:
        host.close()
    return host.result()


async def drive_async(
    run: Run, carrier: Transport, options: Mapping[str, Any], *, profile: str | None = None
) -> Result:
    """Drives a run to its end, asynchronously."""
    _go_on(run, options)
    host = Host(run, carrier, options, profile)
    run._driven = True
    try:
        await _loop_async(host)
        run._driven = False
    except BaseException as error:
        _attach(run, error)
        raise
    finally:
        host.close()
    return host.result()


def _loop(host: Host) -> None:
    pool: _Pool | None = None
    try:
        while True:
            owed, dropped, over = host.owed()
            if over:
                return
            if host.is_late():
                continue
            host.keep()
            if pool is None and len(owed) == 1:
                event = host.perform(owed[0])
                if host.left() is None or not _is_too_late(host, event):
                    host.machine.feed(event)
                    host.keep()
                continue
            pool = pool or _Pool(host)
            pool.begin(owed, dropped)
            for event in pool.seen():
                host.machine.feed(event)
            host.keep()
    finally:
        if pool is not None:
            pool.close()


def _is_too_late(host: Host, event: Event) -> bool:
    """Whether an event only says that the whole has run out of time."""
    cut_off = isinstance(event, Elapsed) or (
        isinstance(event, Failed) and event.reason == "timeout"
    )
    return cut_off and host.is_late()


class _Pool:
    """Several requests and waits side by side: requests in threads."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._threads = ThreadPoolExecutor(thread_name_prefix="spola")
        self._sent: dict[Future[Event], int] = {}
        self._due: dict[int, float] = {}

    def begin(self, owed: list[Send | Wait], dropped: list[int]) -> None:
        """Takes on more, and drops what is not wanted any more."""
        for id in dropped:
            self._due.pop(id, None)
            self._sent = {future: one for future, one in self._sent.items() if one != id}
        for effect in owed:
            if isinstance(effect, Wait):
                instant = self._host.carrier.wait(effect.delay)
                self._due[effect.id] = time.monotonic() + (0 if instant else effect.delay)
            else:
                future = self._threads.submit(self._host.perform, effect)
                self._sent[future] = effect.id

    def seen(self) -> list[Event]:
        """Waits for the next event; none where the whole runs out of time."""
        now = time.monotonic()
        left = [due - now for due in self._due.values()]
        if (rest := self._host.left()) is not None:
            left.append(rest)
        timeout = max(0.0, min(left)) if left else None
        if self._sent:
            done, _ = wait(self._sent, timeout, FIRST_COMPLETED)
        elif timeout is not None:
            done = set()
            time.sleep(timeout)
        else:
            raise _stuck()
        events: list[Event] = []
        for future in done:
            self._sent.pop(future)
            events.append(future.result())
        now = time.monotonic()
        for id in [id for id, due in self._due.items() if due <= now]:
            self._due.pop(id)
            events.append(Elapsed(id))
        return events

    def close(self) -> None:
        """Waits for nothing that is still under way."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def _loop_async(host: Host) -> None:
    tasks: dict[int, asyncio.Task[Event]] = {}
    try:
        while True:
            owed, dropped, over = host.owed()
            if over:
                return
            if host.is_late():
                continue
            host.keep()
            if not tasks and len(owed) == 1 and host.end is None:
                host.machine.feed(await host.perform_async(owed[0]))
                host.keep()
                continue
            for id in dropped:
                if (task := tasks.pop(id, None)) is not None:
                    task.cancel()
            for effect in owed:
                tasks[effect.id] = asyncio.ensure_future(host.perform_async(effect))
            if not tasks:
                raise _stuck()
            done, _ = await asyncio.wait(
                tasks.values(),
                timeout=None if (left := host.left()) is None else max(0.0, left),
                return_when=asyncio.FIRST_COMPLETED,
            )
            for id in [id for id, task in tasks.items() if task in done]:
                host.machine.feed(tasks.pop(id).result())
            host.keep()
    finally:
        for task in tasks.values():
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks.values(), return_exceptions=True)


def _stuck() -> HostError:
    return HostError(
        "the run owes nothing and is not over",
        "host.stuck",
        "was it fed by another loop meanwhile? drive a run by one loop at a time",
    )


def _event(send: Send, answer: object, began: float) -> Event:
    elapsed = time.monotonic() - began
    if isinstance(answer, Answer):
        return Response(send.id, answer.status, answer.headers, answer.body, elapsed)
    if isinstance(answer, Failed):
        return replace(answer, elapsed=elapsed)
    raise HostError(
        f"the transport gave a `{type(answer).__name__}`",
        "host.bad-answer",
        "give a `spola.Answer`, or raise `spola.Refused`",
    )


def _failed(send: Send, refused: Refused, began: float) -> Failed:
    return Failed(send.id, refused.reason, refused.message, time.monotonic() - began)


def _go_on(run: Run, options: Mapping[str, Any]) -> None:
    """Has an interrupted run hand out again what was not answered."""
    if run._driven and run.outcome is None:
        run._go_on(options.get("in_doubt"))


def _attach(run: Run, error: BaseException) -> None:
    """Puts the run's state on what interrupts it: `program.resume(error.snapshot)` goes on."""
    if run.outcome is not None:
        return
    try:
        error.snapshot = run.snapshot()  # type: ignore[attr-defined]
    except AttributeError:
        return
    if not isinstance(error, Error) and hasattr(error, "add_note"):
        error.add_note("the run can go on: spola's `program.resume(error.snapshot)`")


def _callable(given: Any, option: str) -> Callable[[Any], object] | None:
    if given is None or callable(given):
        return given  # type: ignore[no-any-return]
    raise HostError(
        f"`{option}` cannot be a `{type(given).__name__}`", "host.wrong-type", "give a callable"
    )


def _seconds(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, (int, float)) and not isinstance(given, bool) and given >= 0:
        return float(given)
    raise HostError(
        f"`timeout` cannot be {given!r}", "host.wrong-value", "give a number of seconds, 0 or more"
    )


def _keeper(given: Any) -> Callable[[bytes], object] | None:
    if given is None or callable(given):
        return given  # type: ignore[no-any-return]
    if not isinstance(given, (str, os.PathLike)):
        raise HostError(
            f"`keep` cannot be a `{type(given).__name__}`",
            "host.wrong-type",
            "give a path, or a callable that takes bytes",
        )
    path = os.fspath(given)
    return lambda state: _write_whole(path, state)


def _write_whole(path: str, state: bytes) -> None:
    """Writes a file whole or not at all."""
    folder = os.path.dirname(path) or "."
    handle, name = tempfile.mkstemp(dir=folder, prefix=".spola-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(state)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
