"""The HTTP clients that the tests try, and callables in their place."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import spola
from spola import transport as transports

CLIENTS: dict[str, Any] = {
    "standard library": lambda: None,
    "requests": requests.Session,
    "httpx": httpx.Client,
    "httpx, asynchronous": httpx.AsyncClient,
    "aiohttp": aiohttp.ClientSession,
}


@asynccontextmanager
async def opened(kind: str) -> AsyncIterator[Any]:
    client = CLIENTS[kind]()
    try:
        yield client
    finally:
        close = getattr(client, "aclose", getattr(client, "close", None))
        if close is not None and inspect.isawaitable(done := close()):
            await done


async def sent(client: Any, request: spola.Request, **more: Any) -> Any:
    """What the transport gives for a request: an answer, or the reason why there is none."""
    transport = transports.transport_for(client, asynchronous=True)
    try:
        answer = transport.send(spola.Send(1, request, **more))
        return await answer if inspect.isawaitable(answer) else answer
    except spola.Refused as refused:
        return refused


every_client = pytest.mark.parametrize("kind", CLIENTS)


def call_with_a_triple(send: spola.Send) -> Any:
    return 200, {"Content-Type": "application/json"}, b'[{"name": "Rex"}]'


def call_with_a_response(send: spola.Send) -> Any:
    return spola.Response(send.id, *call_with_a_triple(send))


def call_with_a_clients_answer(send: spola.Send) -> Any:
    return httpx.Response(200, json=[{"name": "Rex"}])


async def call_asynchronously(send: spola.Send) -> Any:
    await asyncio.sleep(0)
    return call_with_a_triple(send)


CALLS = [call_with_a_triple, call_with_a_response, call_with_a_clients_answer]


ASYNCHRONOUS = [*CALLS, call_asynchronously, lambda send: call_asynchronously(send)]


def refused_reason(call: Any) -> str | None:
    """Why a callable gives no answer."""
    try:
        transport = transports.transport_for(call, asynchronous=False)
        transport.send(spola.Send(1, spola.Request("GET", "http://a/")))
    except spola.Refused as refused:
        return refused.reason
    return None


def raising(send: spola.Send) -> Any:
    """A transport with a mistake in it."""
    raise ValueError("a mistake")
