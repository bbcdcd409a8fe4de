"""HTTP clients as transports: the user's own session sends."""

from __future__ import annotations

import asyncio
import atexit
import inspect
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from .answer import Answer, Refused, check_length, refused, too_large, too_late
from .effects import Failed, Response, Send
from .errors import HostError
from .standard import Standard

__all__ = [
    "Aiohttp",
    "Httpx",
    "HttpxAsync",
    "Refused",
    "Requests",
    "Standard",
    "Transport",
    "transport_for",
]

_CHUNK = 1 << 16


class Transport:
    """What sends: the base of every adapter; `send` may be a coroutine function."""

    asynchronous: bool = False
    """Whether `send` gives an awaitable."""
    blocking: bool = True
    """Whether `run_async` has to use it in a thread."""
    region: str | None = None
    """The AWS region where none is given; then nothing of the environment counts."""
    wins: bool = False
    """Whether it wins over every endpoint."""
    seed: int | None = None
    """The seed of runs, where none is given."""
    keys: Mapping[str, str] | None = None
    """The AWS credentials where none are given."""

    def send(self, send: Send) -> Any:
        """Sends one request that has been authorized; gives an `Answer`, or raises `Refused`."""
        raise NotImplementedError

    def wait(self, delay: float) -> bool:
        """Lets time pass, where the transport has a clock of its own; says whether it has."""
        return False

    def now(self) -> float | None:
        """What its clock shows, where it has one."""
        return None


class _Standard(Transport):
    def __init__(self, standard: Standard) -> None:
        self._standard = standard

    def send(self, send: Send) -> Answer:
        return self._standard.send(send)


_SHARED = Standard()
atexit.register(_SHARED.close)
if hasattr(os, "register_at_fork"):
    # A connection belongs to one process.
    os.register_at_fork(after_in_child=_SHARED.forget)


class Requests(Transport):
    """A `requests.Session`; `redirects` has it follow them."""

    def __init__(self, session: Any, *, redirects: bool = False) -> None:
        self._session = session
        self._redirects = redirects

    def send(self, send: Send) -> Answer:
        """Sends one request."""
        import requests

        session, asked = self._session, send.request
        end = None if send.timeout is None else time.monotonic() + send.timeout
        headers = _joined(asked.headers)
        # Else `.netrc`, or the session, would put its own over what was authorized.
        auth = _as_it_is if "authorization" in {name.lower() for name in headers} else None
        if auth is None and session.auth is None:
            auth = _as_it_is
        request = requests.Request(asked.method, asked.url, headers, data=asked.body, auth=auth)
        began = False
        answer = None
        try:
            prepared = session.prepare_request(request)
            prepared.url = asked.url
            settings = session.merge_environment_settings(asked.url, {}, True, None, None)
            answer = session.send(
                prepared, timeout=send.timeout, allow_redirects=self._redirects, **settings
            )
            began = True
            _check_length(answer, send)
            body = _gathered(answer.iter_content(_CHUNK), send, end)
            return Answer(answer.status_code, _fields(answer.raw.headers), body)
        except (Refused, HostError):
            raise
        except (requests.RequestException, OSError) as error:
            raise refused(asked.url, error, began) from error
        finally:
            if answer is not None:
                answer.close()


def _as_it_is(request: Any) -> Any:
    return request


class Httpx(Transport):
    """An `httpx.Client`; `redirects` has it follow them."""

    def __init__(self, client: Any, *, redirects: bool = False) -> None:
        self._client = client
        self._redirects = redirects

    def send(self, send: Send) -> Answer:
        """Sends one request."""
        import httpx

        _check_open(self._client)
        end = None if send.timeout is None else time.monotonic() + send.timeout
        began = False
        answer = None
        try:
            request, more = _httpx_request(self._client, send)
            answer = self._client.send(
                request, stream=True, follow_redirects=self._redirects, **more
            )
            began = True
            _check_length(answer, send)
            body = _gathered(answer.iter_bytes(_CHUNK), send, end)
            return Answer(answer.status_code, answer.headers.multi_items(), body)
        except Refused:
            raise
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise refused(send.request.url, error, began) from error
        finally:
            if answer is not None:
                answer.close()


class HttpxAsync(Transport):
    """An `httpx.AsyncClient`; `redirects` has it follow them."""

    asynchronous = True
    blocking = False

    def __init__(self, client: Any, *, redirects: bool = False) -> None:
        self._client = client
        self._redirects = redirects

    async def send(self, send: Send) -> Answer:
        """Sends one request."""
        import httpx

        _check_open(self._client)
        began = False
        try:
            async with _within(send):
                request, more = _httpx_request(self._client, send)
                answer = await self._client.send(
                    request, stream=True, follow_redirects=self._redirects, **more
                )
                began = True
                try:
                    _check_length(answer, send)
                    body = await _gathered_async(answer.aiter_bytes(_CHUNK), send)
                finally:
                    await answer.aclose()
                return Answer(answer.status_code, answer.headers.multi_items(), body)
        except Refused:
            raise
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise refused(send.request.url, error, began) from error


def _httpx_request(client: Any, send: Send) -> tuple[Any, dict[str, Any]]:
    asked = send.request
    more: dict[str, Any] = {}
    if send.timeout is not None:
        more["timeout"] = send.timeout
    request = client.build_request(
        asked.method, asked.url, headers=list(asked.headers), content=asked.body or None, **more
    )
    # What was authorized stays as it is.
    return request, {"auth": None} if asked.header("authorization") else {}


def _check_open(client: Any) -> None:
    if getattr(client, "is_closed", False) or getattr(client, "closed", False):
        raise HostError(
            f"the `{type(client).__name__}` is closed",
            "host.closed-transport",
            "use it while it is open, or let spola use the standard library",
        )


class Aiohttp(Transport):
    """An `aiohttp.ClientSession`; `redirects` has it follow them."""

    asynchronous = True
    blocking = False

    def __init__(self, session: Any, *, redirects: bool = False) -> None:
        self._session = session
        self._redirects = redirects

    async def send(self, send: Send) -> Answer:
        """Sends one request."""
        import aiohttp
        from yarl import URL

        _check_open(self._session)
        asked = send.request
        began = False
        more: dict[str, Any] = {}
        if send.timeout is not None:
            more["timeout"] = aiohttp.ClientTimeout(total=send.timeout)
        try:
            request = self._session.request(
                asked.method,
                URL(asked.url, encoded=True),
                headers=list(asked.headers),
                data=asked.body or None,
                allow_redirects=self._redirects,
                **more,
            )
            async with request as answer:
                began = True
                _check_length(answer, send)
                body = await _gathered_async(answer.content.iter_any(), send)
                return Answer(answer.status, list(answer.headers.items()), body)
        except Refused:
            raise
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
            raise refused(asked.url, error, began) from error


class Custom(Transport):
    """Any callable: it is given the `Send`, its request authorized."""

    def __init__(self, call: Callable[[Send], Any]) -> None:
        self._call = call
        self.asynchronous: bool = inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(
            getattr(type(call), "__call__", None)  # noqa: B004
        )
        self.blocking: bool = not self.asynchronous

    def send(self, send: Send) -> Any:
        """Calls it; what it raises is a failure where it is one of the network's."""
        try:
            answer = self._call(send)
        except Exception as error:
            raise _raised(send, error) from error
        return self._awaited(send, answer) if inspect.isawaitable(answer) else _read(send, answer)

    async def _awaited(self, send: Send, answer: Awaitable[Any]) -> Answer | Failed:
        try:
            got = await answer
        except Exception as error:
            raise _raised(send, error) from error
        return _read(send, got)


def _raised(send: Send, error: Exception) -> Exception:
    if isinstance(error, (Refused, HostError)):
        return error
    if isinstance(error, (OSError, asyncio.TimeoutError)) or _is_client_error(error):
        return refused(send.request.url, error, began=False)
    return HostError(
        f"the transport raised {type(error).__name__}: {error}",
        "host.transport-raised",
        "return an answer, or raise `spola.Refused(reason, message)` where there is none",
    )


def _is_client_error(error: Exception) -> bool:
    """Whether an HTTP client's own class says that no answer came."""
    names = {f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).__mro__}
    known = {"requests.RequestException", "httpx.HTTPError", "aiohttp.ClientError"}
    return bool(names & (known | {"urllib3.HTTPError", "http.HTTPException"}))


def _read(send: Send, answer: Any) -> Answer | Failed:
    """What a callable gave: a `Response` or `Failed`, a triple, or a client's own answer."""
    if isinstance(answer, (Response, Failed)):
        if answer.id != send.id:
            raise _nonsense(f"an answer to {answer.id}, where {send.id} was asked")
        if isinstance(answer, Failed):
            return answer
        return Answer(answer.status, answer.headers, answer.body)
    if isinstance(answer, Answer):
        return answer
    if isinstance(answer, tuple) and len(answer) == 3:
        return Answer(*answer)
    parts = [getattr(answer, name, None) for name in ("status_code", "headers", "content")]
    if isinstance(parts[0], int) and parts[1] is not None and isinstance(parts[2], bytes):
        headers = parts[1]
        pairs = headers.multi_items() if hasattr(headers, "multi_items") else headers.items()
        return Answer(parts[0], list(pairs), parts[2])
    raise _nonsense(f"a `{type(answer).__name__}`")


def _nonsense(what: str) -> HostError:
    return HostError(
        f"the transport returned {what}",
        "host.bad-answer",
        "return a `spola.Response` with the id of the `Send`, a `spola.Failed`, a triple of "
        "status, headers and body, or the answer of requests or httpx",
    )


def _joined(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Fields of one name as one: requests takes a mapping."""
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _fields(headers: Any) -> list[tuple[str, str]]:
    return list(headers.items())


def _check_length(answer: Any, send: Send) -> None:
    if send.request.method != "HEAD":
        check_length(send.request.url, answer.headers.get("Content-Length"), send.max_response)


def _gathered(parts: Iterator[bytes], send: Send, end: float | None) -> bytes:
    """The body, of which no more is read than is allowed."""
    whole = bytearray()
    for part in parts:
        whole += part
        if len(whole) > send.max_response:
            raise too_large(send.request.url, send.max_response)
        if end is not None and time.monotonic() > end:
            raise too_late(send.request.url, send.timeout)
    return bytes(whole)


async def _gathered_async(parts: AsyncIterator[bytes], send: Send) -> bytes:
    whole = bytearray()
    async for part in parts:
        whole += part
        if len(whole) > send.max_response:
            raise too_large(send.request.url, send.max_response)
    return bytes(whole)


@asynccontextmanager
async def _within(send: Send) -> AsyncIterator[None]:
    """Lets what is within take as long as the request may; `httpx` has no such limit."""
    if send.timeout is None:
        yield
        return
    task = asyncio.current_task()
    late = False

    def stop() -> None:
        nonlocal late
        late = True
        if task is not None:
            task.cancel()

    handle = asyncio.get_running_loop().call_later(send.timeout, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not late:
            raise
        if task is not None and hasattr(task, "uncancel"):
            task.uncancel()
        raise too_late(send.request.url, send.timeout) from None
    finally:
        handle.cancel()


def transport_for(given: Any, *, asynchronous: bool) -> Transport:
    """The transport that something can be used as."""
    found = _adapted(given)
    if found.asynchronous and not asynchronous:
        raise HostError(
            f"a `{type(given).__name__}` cannot be used synchronously",
            "host.asynchronous",
            "use `run_async` or `drive_async`, or a synchronous client",
        )
    return found


def _adapted(given: Any) -> Transport:
    if given is None:
        return _Standard(_SHARED)
    if isinstance(given, Transport):
        return given
    if isinstance(given, Standard):
        return _Standard(given)
    if not isinstance(given, type):
        for kind in type(given).__mro__:
            adapter = _KNOWN.get((kind.__module__.partition(".")[0], kind.__name__))
            if adapter is not None:
                return adapter(given)
        if callable(given):
            return Custom(given)
    name = given.__name__ if isinstance(given, type) else type(given).__name__
    raise HostError(
        f"`{name}` is no transport",
        "host.unknown-transport",
        "give an object, not its class: a `requests.Session()`, `httpx.Client()`, "
        "`httpx.AsyncClient()`, `aiohttp.ClientSession()`, `spola.sandbox()`, or a function",
    )


_KNOWN: dict[tuple[str, str], Callable[[Any], Transport]] = {
    ("requests", "Session"): Requests,
    ("httpx", "Client"): Httpx,
    ("httpx", "AsyncClient"): HttpxAsync,
    ("aiohttp", "ClientSession"): Aiohttp,
}
