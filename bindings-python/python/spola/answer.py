"""What a transport gives: an answer, or why there is none."""

from __future__ import annotations

import asyncio
import errno
import http.client
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .effects import Headers, Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, header fields, body."""

    status: int
    headers: Headers
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str | None:
        """The first header field of that name, in any letter case."""
        pairs = self.headers.items() if hasattr(self.headers, "items") else self.headers
        return next((value for key, value in pairs if key.lower() == name.lower()), None)


class Refused(Exception):
    """No answer came. A transport of your own may raise it to say why."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        self.message = message


def address(url: str) -> str:
    """A URL without what may be secret in it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def refused(url: str, error: BaseException, began: bool) -> Refused:
    """Why an exception kept an answer away; `began`: its head had come."""
    reason = reason_of(error, began)
    words = _words(reason, error)
    # Clients repeat the URL, which may hold secrets.
    for part in (urlsplit(url).query, urlsplit(url).path):
        words = words.replace(part, "…") if len(part) > 1 else words
    return Refused(reason, f"{address(url)}: {words}")


def too_large(url: str, limit: int) -> Refused:
    """The answer is larger than allowed."""
    return Refused("too-large", f"{address(url)}: the answer is larger than {limit} bytes")


def check_length(url: str, length: str | None, limit: int) -> None:
    """Refuses an answer that says beforehand that it is too large."""
    if length is not None and length.isdecimal() and int(length) > limit:
        raise too_large(url, limit)


def too_late(url: str, seconds: float | None) -> Refused:
    """The answer did not come in time."""
    within = "" if seconds is None else f" within {seconds:g} s"
    return Refused("timeout", f"{address(url)}: no whole answer{within}")


def truncated(url: str) -> Refused:
    """The connection was lost before the answer was whole."""
    return Refused("truncated", f"{address(url)}: the answer was cut short")


def _words(reason: Reason, error: BaseException) -> str:
    if reason == "resolve":
        return "the host has no address"
    if reason == "reset":
        return "the connection was lost before the answer began"
    if reason == "truncated":
        return "the answer was cut short"
    if reason == "timeout":
        return "no whole answer in time"
    inner = [one for one in _causes(error) if isinstance(one, OSError) and one.strerror]
    text = str(inner[-1].strerror if inner else error) or type(error).__name__
    return f"no connection: {text}" if reason == "connect" else text


_CONNECT = {
    errno.ECONNREFUSED,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.ENETDOWN,
    errno.EADDRNOTAVAIL,
}

_LOST = (
    ConnectionResetError,
    ConnectionAbortedError,
    BrokenPipeError,
    http.client.RemoteDisconnected,
)


def reason_of(error: BaseException, began: bool) -> Reason:
    """What kind of failure an exception of any HTTP client stands for.

    Clients wrap the operating system's errors, and name their own classes alike.
    """
    chain = list(_causes(error))
    names = " ".join(type(one).__name__ for one in chain)
    text = " ".join(str(one) for one in chain)
    known = _told_by_class(chain, names, text)
    if known is not None and not (began and known == "reset"):
        return known
    lost = known == "reset" or any(
        name in names
        for name in (
            "IncompleteRead",
            "ChunkedEncoding",
            "RemoteProtocolError",
            "ClientPayloadError",
            "ServerDisconnected",
            "ReadError",
            "ClientOSError",
        )
    )
    if lost:
        return "truncated" if began or "incomplete" in text.lower() else "reset"
    if any(name in names for name in ("ConnectError", "ConnectionError", "ClientConnector")):
        return "connect"
    return "truncated" if began else "other"


def _told_by_class(chain: list[BaseException], names: str, text: str) -> Reason | None:
    if any(isinstance(one, socket.gaierror) for one in chain) or "NameResolution" in names:
        return "resolve"
    if any(part in text for part in ("Name or service not known", "getaddrinfo failed")):
        return "resolve"
    if any(isinstance(one, ssl.SSLError) for one in chain) or "CERTIFICATE_VERIFY" in text:
        return "tls"
    late = (TimeoutError, socket.timeout, asyncio.TimeoutError)
    if any(isinstance(one, late) for one in chain) or "Timeout" in names:
        return "timeout"
    if any(isinstance(one, _LOST) for one in chain):
        return "reset"
    for one in chain:
        if isinstance(one, OSError) and one.errno in _CONNECT:
            return "connect"
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that it was made from, each once."""
    seen: set[int] = set()
    todo: list[BaseException] = [error]
    while todo:
        one = todo.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        more = [one.__cause__, one.__context__, getattr(one, "os_error", None)]
        more += [*one.args, getattr(one, "reason", None)]
        todo += [other for other in more if isinstance(other, BaseException)]
