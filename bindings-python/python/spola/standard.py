"""The transport of the standard library: no dependency, connections kept."""

from __future__ import annotations

import http.client
import os
import select
import ssl
import threading
import time
from base64 import b64encode
from typing import TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from . import _spola
from .answer import Answer, Refused, refused, too_large, too_late, truncated
from .effects import Request, Send

_CHUNK = 1 << 16
_MOST_IDLE = 16
_CONNECT_SECONDS = 10.0
_SILENCE_SECONDS = 300.0
_Key: TypeAlias = "tuple[str, str, int, str | None]"
"""Scheme, host, port and proxy: what a connection can be used for."""
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Standard:
    """Sends by `http.client`; safe to share between threads.

    Connections are kept and used again. Proxies come from the environment, certificates
    from `AWS_CA_BUNDLE` or the system; `context` brings a TLS context of one's own.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self._idle: dict[_Key, list[http.client.HTTPConnection]] = {}
        self._lock = threading.Lock()
        self._closed = False

    def send(self, send: Send) -> Answer:
        """Sends one request and reads its answer, whatever its status."""
        request = send.request
        url = urlsplit(request.url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise Refused("other", f"{url.scheme}: not a URL that can be sent to")
        port = url.port or (443 if url.scheme == "https" else 80)
        proxy = _proxy(url.scheme, url.hostname, port)
        key = (url.scheme, url.hostname, port, proxy)
        end = None if send.timeout is None else time.monotonic() + send.timeout
        began = False
        connection = None
        try:
            connection = self._connection(key, end)
            self._ask(connection, request, _target(url, proxy), end)
            answer = connection.getresponse()
            began = True
            body = self._read(connection, answer, send, end)
        except Refused:
            _close(connection)
            raise
        except Exception as error:
            _close(connection)
            if isinstance(error, TimeoutError):
                raise too_late(request.url, send.timeout) from error
            raise refused(request.url, error, began) from error
        except BaseException:
            _close(connection)
            raise
        if answer.will_close:
            _close(connection)
        else:
            self._give_back(key, connection)
        return Answer(answer.status, answer.getheaders(), body)

    def close(self) -> None:
        """Closes the connections that are kept."""
        with self._lock:
            kept, self._idle = self._idle, {}
            self._closed = True
        for connections in kept.values():
            for connection in connections:
                connection.close()

    def forget(self) -> None:
        """Lets go of the connections that are kept, without a word to the other side."""
        self._lock = threading.Lock()
        self._idle = {}

    def _ask(
        self,
        connection: http.client.HTTPConnection,
        request: Request,
        target: str,
        end: float | None,
    ) -> None:
        _set_timeout(connection, end)
        given = {name.lower() for name, _ in request.headers}
        connection.putrequest(
            request.method,
            target,
            skip_host="host" in given,
            skip_accept_encoding="accept-encoding" in given,
        )
        for name, value in request.headers:
            connection.putheader(name, value.encode("latin-1"))
        if "user-agent" not in given:
            connection.putheader("user-agent", f"spola/{_spola.__version__}")
        wants_length = request.body or request.method in ("POST", "PUT", "PATCH")
        if wants_length and "content-length" not in given:
            connection.putheader("content-length", str(len(request.body)))
        connection.endheaders(request.body or None)

    def _read(
        self,
        connection: http.client.HTTPConnection,
        answer: http.client.HTTPResponse,
        send: Send,
        end: float | None,
    ) -> bytes:
        limit, expected = send.max_response, answer.length
        if expected is not None and expected > limit:
            raise too_large(send.request.url, limit)
        parts: list[bytes] = []
        size = 0
        while True:
            _set_timeout(connection, end)
            part = answer.read(min(_CHUNK, limit + 1 - size))
            if not part:
                break
            parts.append(part)
            size += len(part)
            if size > limit:
                raise too_large(send.request.url, limit)
        if expected is not None and size < expected and send.request.method != "HEAD":
            raise truncated(send.request.url)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _connection(self, key: _Key, end: float | None) -> http.client.HTTPConnection:
        with self._lock:
            idle = self._idle.get(key, [])
            while idle:
                connection = idle.pop()
                if _is_open(connection):
                    return connection
                connection.close()
        return self._new(key, end)

    def _new(self, key: _Key, end: float | None) -> http.client.HTTPConnection:
        scheme, host, port, proxy = key
        timeout = _CONNECT_SECONDS
        if end is not None:
            timeout = max(0.001, min(timeout, end - time.monotonic()))
        at, headers = (host, port), {}
        if proxy:
            parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
            if not parts.hostname:
                raise Refused("connect", "the proxy in the environment is not a URL")
            at = (parts.hostname, parts.port or 80)
            if parts.username is not None:
                user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
                headers["Proxy-Authorization"] = f"Basic {b64encode(user.encode()).decode()}"
        connection: http.client.HTTPConnection
        if scheme == "http":
            connection = http.client.HTTPConnection(*at, timeout=timeout)
        else:
            connection = http.client.HTTPSConnection(*at, timeout=timeout, context=self._tls())
            if proxy:
                connection.set_tunnel(host, port, headers)
        connection.connect()
        return connection

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                bundle = os.environ.get("AWS_CA_BUNDLE") or None
                self._context = ssl.create_default_context(cafile=bundle)
            return self._context

    def _give_back(self, key: _Key, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            idle = self._idle.setdefault(key, [])
            if not self._closed and len(idle) < _MOST_IDLE:
                idle.append(connection)
                return
        connection.close()


def _target(url: SplitResult, proxy: str | None) -> str:
    """What is asked for: a path, or of a proxy for plain http the whole URL."""
    target = url.path or "/"
    if url.query:
        target += f"?{url.query}"
    return f"http://{url.netloc}{target}" if proxy and url.scheme == "http" else target


def _close(connection: http.client.HTTPConnection | None) -> None:
    if connection is not None:
        connection.close()


def _set_timeout(connection: http.client.HTTPConnection, end: float | None) -> None:
    if connection.sock is None:
        return
    seconds = _SILENCE_SECONDS
    if end is not None:
        seconds = min(seconds, end - time.monotonic())
        if seconds <= 0:
            raise TimeoutError
    connection.sock.settimeout(seconds)


def _is_open(connection: http.client.HTTPConnection) -> bool:
    """Whether nothing is to be read from an idle connection: then it was not closed."""
    sock = connection.sock
    if sock is None:
        return False
    try:
        return not select.select([sock], [], [], 0)[0]
    except (OSError, ValueError):
        return False


def _proxy(scheme: str, host: str, port: int) -> str | None:
    """The environment's proxy; loopback hosts are reached without."""
    if host in _LOOPBACK:
        return None
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or proxy_bypass(f"{host}:{port}"):
        return None
    return proxy
