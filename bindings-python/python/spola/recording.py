"""Recorded runs: what was asked and answered, once; the same again, without a network."""

from __future__ import annotations

import base64
import inspect
import json
import os
import random
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from .answer import Answer, Refused
from .effects import Failed, Send
from .errors import HostError
from .transport import Transport, transport_for

Mode = Literal["once", "all", "none"]
"""`once` records where there is no recording, `all` anew, `none` only replays."""

_HIDDEN = "***"
_ANY_KEYS = MappingProxyType({"access_key_id": "AKID", "secret_access_key": "replay"})
_SECRET_HEADERS = {"authorization", "cookie", "set-cookie", "x-amz-security-token", "x-api-key"}
_VOLATILE_HEADERS = {"x-amz-date", "x-amz-content-sha256", "host", "content-length", "date"}
_SECRET_NAMES = {
    "access_token",
    "api_key",
    "apikey",
    "authorizationtoken",
    "client_secret",
    "password",
    "refresh_token",
    "secret",
    "secretaccesskey",
    "sessiontoken",
    "x-amz-credential",
    "x-amz-security-token",
    "x-amz-signature",
}


class Recording(Transport):
    """A transport that records another one's answers into a file, or replays them.

    What is secret is masked: authorization, cookies, keys, and every header, query
    parameter or member of a JSON body that `mask` names beside those. A replay needs
    neither credentials nor region, waits for nothing, and refuses, with the first
    difference, a request that was not recorded.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        transport: Any = None,
        *,
        mode: Mode = "once",
        mask: Iterable[str] = (),
    ) -> None:
        self._path = os.fspath(path)
        self._names = _SECRET_NAMES | {name.lower() for name in mask}
        self._at = 0
        there = os.path.exists(self._path)
        if mode == "none" and not there:
            raise HostError(
                f"there is no recording `{self._path}`",
                "host.no-recording",
                'record it: with `mode="once"`, or `pytest --spola-record=once`',
            )
        self._replays = there and mode != "all"
        self._exchanges: list[dict[str, Any]] = []
        self.asynchronous: bool = False
        self.blocking: bool = False
        self.wins: bool = False
        self.region: str | None = None
        self.keys: Mapping[str, str] | None = _ANY_KEYS
        if self._replays:
            self._read()
            return
        inner = transport_for(transport, asynchronous=True)
        self._inner = inner
        self.asynchronous, self.blocking = inner.asynchronous, inner.blocking
        self.region, self.keys, self.wins = inner.region, inner.keys, inner.wins
        self.seed = random.getrandbits(63)

    @property
    def replays(self) -> bool:
        """Whether answers come from the file."""
        return self._replays

    @property
    def left(self) -> int:
        """How many recorded answers were not asked for."""
        return len(self._exchanges) - self._at if self._replays else 0

    def send(self, send: Send) -> Any:
        """Sends and records, or replays."""
        if self._replays:
            return self._again(send)
        if self._inner.asynchronous:
            return self._recorded_async(send)
        try:
            answer = self._inner.send(send)
        except Refused as refused:
            self._take(send, refused)
            raise
        return (
            self._awaited(send, answer) if inspect.isawaitable(answer) else self._take(send, answer)
        )

    async def _recorded_async(self, send: Send) -> Any:
        try:
            return self._take(send, await self._inner.send(send))
        except Refused as refused:
            self._take(send, refused)
            raise

    async def _awaited(self, send: Send, answer: Any) -> Any:
        return self._take(send, await answer)

    def wait(self, delay: float) -> bool:
        """A replay waits for nothing."""
        return True if self._replays else self._inner.wait(delay)

    def now(self) -> float | None:
        """The clock of the transport that is recorded."""
        return None if self._replays else self._inner.now()

    def close(self) -> None:
        """Writes what was recorded."""
        if self._replays or not self._exchanges:
            return
        os.makedirs(os.path.dirname(self._path) or ".", exist_ok=True)
        whole = {"spola": 1, "seed": self.seed, "exchanges": self._exchanges}
        name = f"{self._path}.{os.getpid()}"
        with open(name, "w", encoding="utf-8") as file:
            json.dump(whole, file, indent=1, ensure_ascii=False)
            file.write("\n")
        os.replace(name, self._path)

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        try:
            with open(self._path, encoding="utf-8") as file:
                whole = json.load(file)
            self.seed, self._exchanges = whole["seed"], whole["exchanges"]
            regions = [one["request"].get("region") for one in self._exchanges]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HostError(
                f"`{self._path}` is no recording: {error}",
                "host.bad-recording",
                "remove it, and record the run again",
            ) from error
        self.region = next((region for region in regions if region), "us-east-1")

    def _take(self, send: Send, answer: Any) -> Any:
        if isinstance(answer, (Refused, Failed)):
            told: dict[str, Any] = {"failed": answer.reason, "message": answer.message}
        else:
            told = {
                "status": answer.status,
                "headers": [[name, self._value(name, value)] for name, value in _pairs(answer)],
                **self._body(answer.body),
            }
        self._exchanges.append({"request": self._asked(send), "answer": told})
        return answer

    def _again(self, send: Send) -> Answer | Failed:
        asked = self._asked(send)
        if self._at >= len(self._exchanges):
            raise _differs(self._path, f"{asked['method']} {asked['url']}", "the end")
        recorded = self._exchanges[self._at]
        for part in ("method", "url", "body", "base64"):
            if asked.get(part) != recorded["request"].get(part):
                raise _differs(self._path, asked.get(part), recorded["request"].get(part))
        self._at += 1
        answer = recorded["answer"]
        if "failed" in answer:
            return Failed(send.id, answer["failed"], answer["message"])
        headers = [(name, value) for name, value in answer["headers"]]
        return Answer(answer["status"], headers, _bytes(answer))

    def _asked(self, send: Send) -> dict[str, Any]:
        names = set(self._names)
        region = None
        for scheme in send.auth.schemes if send.auth else ():
            region = region or scheme.region
            if scheme.name:
                names.add(scheme.name.lower())
        request = send.request
        url = urlsplit(request.url)
        query = parse_qsl(url.query, keep_blank_values=True)
        if any(name.lower() in names for name, _ in query):
            query = [(name, _HIDDEN if name.lower() in names else text) for name, text in query]
            url = url._replace(query=urlencode(query, safe="*"))
        headers = [
            [name, _HIDDEN if name.lower() in names else self._value(name, value)]
            for name, value in request.headers
            if name.lower() not in _VOLATILE_HEADERS
        ]
        asked = {"method": request.method, "url": url.geturl(), "headers": headers}
        return {**asked, **({"region": region} if region else {}), **self._body(request.body)}

    def _value(self, name: str, value: str) -> str:
        hidden = name.lower() in _SECRET_HEADERS or name.lower() in self._names
        return _HIDDEN if hidden else value

    def _body(self, body: bytes) -> dict[str, Any]:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(body).decode()}
        try:
            value = json.loads(text)
        except ValueError:
            return {"body": text}
        masked = self._masked(value)
        return {"body": text if masked == value else json.dumps(masked, ensure_ascii=False)}

    def _masked(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._masked(item) for item in value]
        if isinstance(value, dict):
            return {
                name: _HIDDEN
                if name.lower() in self._names and isinstance(item, str)
                else self._masked(item)
                for name, item in value.items()
            }
        return value

    def __repr__(self) -> str:
        return f"<Recording {self._path}: {'replays' if self._replays else 'records'}>"


def _pairs(answer: Answer) -> list[tuple[str, str]]:
    headers: Any = answer.headers
    return list(headers.items() if hasattr(headers, "items") else headers)


def _bytes(part: dict[str, Any]) -> bytes:
    if "base64" in part:
        return base64.b64decode(part["base64"])
    text: str = part["body"]
    return text.encode()


def _differs(path: str, asked: object, recorded: object) -> HostError:
    return HostError(
        f"the run asks {asked!r}, where `{path}` has {recorded!r}",
        "host.recording-differs",
        'if that is meant, record it anew: `mode="all"`, or `pytest --spola-record=all`',
    )
