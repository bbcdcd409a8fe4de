"""What the binding costs: many runs at once, and one step, beside others.

    pip install aiohttp arazzo-runner httpx requests, and the wheel
    python bench.py [RUNS]

Prints throughput and memory of 10,000 concurrent runs of a workflow of three steps in one
asyncio process against a local server, beside the same flow written by hand with httpx,
and the CPU time of a step beside arazzo-runner on the same document and server, which has
to be at least 20 times as much. Each figure is taken in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

AT_ONCE = 100
STEPS = 3
GOAL = 20
# What a run costs an arazzo-runner grows with those it has made: it is made anew so often.
AS_NEW = 50

DOCUMENT = """
arazzo: 1.0.1
info: {title: Orders, version: "1"}
sourceDescriptions: [{name: shop, url: shop.openapi.yaml, type: openapi}]
workflows:
- workflowId: order
  inputs: {type: object, properties: {name: {type: string}}}
  steps:
  - stepId: find
    operationId: find
    parameters: [{name: name, in: query, value: $inputs.name}]
    successCriteria:
    - condition: $statusCode == 200
    outputs: {id: $response.body#/items/0/id}
  - stepId: reserve
    operationId: reserve
    requestBody:
      contentType: application/json
      payload: {item: $steps.find.outputs.id, count: 1}
    successCriteria:
    - condition: $statusCode == 200
    outputs: {reservation: $response.body#/reservation}
  - stepId: confirm
    operationId: confirm
    parameters: [{name: id, in: path, value: $steps.reserve.outputs.reservation}]
    successCriteria:
    - condition: $statusCode == 200
    outputs: {state: $response.body#/state}
  outputs: {state: $steps.confirm.outputs.state}
"""
DESCRIPTION = """
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "SERVER"}]
paths:
  /items:
    get:
      operationId: find
      parameters: [{name: name, in: query, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
  /reservations:
    post:
      operationId: reserve
      requestBody:
        content: {application/json: {schema: {type: object}}}
      responses: {"200": {description: ok}}
  /reservations/{id}:
    get:
      operationId: confirm
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
"""
ITEM = {"id": "i-1", "name": "chair", "price": 12.5, "tags": ["wood", "brown"], "note": "x" * 200}
ANSWERS = {
    "/items": json.dumps({"items": [ITEM] * 3}).encode(),
    "/reservations": b'{"reservation": "r-1", "item": "i-1"}',
    "/reservations/r-1": b'{"state": "confirmed", "reservation": "r-1"}',
}


class Protocol(asyncio.Protocol):
    """As little of an HTTP server as the flow needs."""

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n")[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            path = head.split(b" ", 2)[1].split(b"?")[0].decode()
            body = ANSWERS[path]
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                + str(len(body)).encode()
                + b"\r\n\r\n"
                + body
            )


def serve(port: Any) -> None:
    """The server's process."""

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Protocol, "127.0.0.1", 0)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(main())


def program(url: str) -> Any:
    import spola

    description = DESCRIPTION.replace("SERVER", url)
    return spola.load(DOCUMENT, base="bench.arazzo.yaml", sources={"shop": description})


async def all_at_once(runs: int, one: Callable[[], Awaitable[object]]) -> None:
    for result in await asyncio.gather(*(one() for _ in range(runs))):
        assert result == "confirmed", result


def gated(send: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
    """No more requests at once than there are connections: pools queue badly."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def gated_send(request: Any) -> Any:
        async with gate:
            return await send(request)

    return gated_send


async def by_hand_httpx(url: str, runs: int) -> None:
    import httpx

    async with httpx.AsyncClient(
        limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
        timeout=None,
    ) as client:
        send = gated(lambda call: call())

        async def one() -> object:
            found = await send(lambda: client.get(f"{url}/items", params={"name": "chair"}))
            assert found.status_code == 200
            order = {"item": found.json()["items"][0]["id"], "count": 1}
            made = await send(lambda: client.post(f"{url}/reservations", json=order))
            assert made.status_code == 200
            path = f"{url}/reservations/{made.json()['reservation']}"
            done = await send(lambda: client.get(path))
            assert done.status_code == 200
            return done.json()["state"]

        await all_at_once(runs, one)


async def by_hand_aiohttp(url: str, runs: int) -> None:
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def call(method: str, path: str, **more: Any) -> Any:
            async with session.request(method, url + path, **more) as answer:
                assert answer.status == 200
                return await answer.json()

        async def one() -> object:
            found = await call("GET", "/items", params={"name": "chair"})
            order = {"item": found["items"][0]["id"], "count": 1}
            made = await call("POST", "/reservations", json=order)
            done = await call("GET", f"/reservations/{made['reservation']}")
            return done["state"]

        await all_at_once(runs, one)


async def spola_httpx(url: str, runs: int) -> None:
    import httpx
    from spola.transport import HttpxAsync

    linked = program(url)
    async with httpx.AsyncClient(
        limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
        timeout=None,
    ) as client:
        send = gated(HttpxAsync(client).send)

        async def one() -> object:
            result = await linked.run_async("order", {"name": "chair"}, transport=send)
            return result.outputs.get("state", result.failure)

        await all_at_once(runs, one)


async def spola_aiohttp(url: str, runs: int) -> None:
    import aiohttp

    linked = program(url)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def one() -> object:
            result = await linked.run_async("order", {"name": "chair"}, transport=session)
            return result.outputs.get("state", result.failure)

        await all_at_once(runs, one)


def requests_by_hand(url: str, runs: int) -> None:
    import requests

    session = requests.Session()
    for _ in range(runs):
        found = session.get(f"{url}/items", params={"name": "chair"})
        order = {"item": found.json()["items"][0]["id"], "count": 1}
        made = session.post(f"{url}/reservations", json=order)
        done = session.get(f"{url}/reservations/{made.json()['reservation']}")
        assert done.json()["state"] == "confirmed"


def requests_spola(url: str, runs: int) -> None:
    import requests

    linked, session = program(url), requests.Session()
    for _ in range(runs):
        result = linked.run("order", {"name": "chair"}, transport=session)
        assert result.outputs == {"state": "confirmed"}, result.failure


def requests_arazzo_runner(url: str, runs: int) -> None:
    import requests

    session = requests.Session()
    for at in range(runs):
        if at % AS_NEW == 0:
            runner = arazzo_runner(url, session)
        result = runner.execute_workflow("order", {"name": "chair"})
        assert result.outputs == {"state": "confirmed"}, result


def memory_spola(url: str, runs: int) -> None:
    linked = program("http://shop.example")
    headers = {"Content-Type": "application/json"}

    def send(send: Any) -> Any:
        path = send.request.url[len("http://shop.example") :].partition("?")[0]
        return 200, headers, ANSWERS[path]

    for _ in range(runs):
        result = linked.run("order", {"name": "chair"}, transport=send)
        assert result.outputs == {"state": "confirmed"}, result.failure


def memory_arazzo_runner(url: str, runs: int) -> None:
    import requests

    class Session(requests.Session):
        def request(self, method: str, url: str, *_: Any, **__: Any) -> Any:
            answer = requests.Response()
            answer.status_code, answer.url = 200, url
            answer.headers["Content-Type"] = "application/json"
            answer._content = ANSWERS[url.removeprefix("http://shop.example").partition("?")[0]]
            return answer

    for at in range(runs):
        if at % AS_NEW == 0:
            runner = arazzo_runner("http://shop.example", Session())
        result = runner.execute_workflow("order", {"name": "chair"})
        assert result.outputs == {"state": "confirmed"}, result


def arazzo_runner(url: str, session: Any) -> Any:
    import logging

    import yaml
    from arazzo_runner import ArazzoRunner

    logging.disable(logging.CRITICAL)
    description = yaml.safe_load(DESCRIPTION.replace("SERVER", url))
    return ArazzoRunner(yaml.safe_load(DOCUMENT), {"shop": description}, http_client=session)


def measure(name: str, url: str, runs: int) -> None:
    """One scenario, in this process: prints seconds, CPU seconds and memory as JSON."""
    act = globals()[name]
    start = act(url, 20)
    if start is not None:
        asyncio.run(start)
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    done = act(url, runs)
    if done is not None:
        asyncio.run(done)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    memory = (after.ru_maxrss - before.ru_maxrss) / 1024
    print(
        json.dumps(
            {"seconds": seconds, "cpu": cpu, "memory": memory, "rss": after.ru_maxrss / 1024}
        )
    )


def measured(name: str, url: str, runs: int) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--measure", name, url, str(runs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=dict(os.environ))
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def show_many(url: str, runs: int) -> None:
    print(f"{runs} runs of {STEPS} steps at once, {AT_ONCE} connections")
    print(f"{'':26}{'runs/s':>9}{'CPU µs/step':>13}{'peak MB':>9}{'KB/run':>8}")
    found: dict[str, dict[str, float]] = {}
    for name in ("by_hand_httpx", "spola_httpx", "by_hand_aiohttp", "spola_aiohttp"):
        one = found[name] = measured(name, url, runs)
        print(
            f"  {name.replace('_', ' '):24}{runs / one['seconds']:>9.0f}"
            f"{one['cpu'] / runs / STEPS * 1e6:>13.0f}{one['rss']:>9.0f}"
            f"{one['memory'] * 1024 / runs:>8.1f}"
        )
    for client in ("httpx", "aiohttp"):
        ratio = found[f"by_hand_{client}"]["seconds"] / found[f"spola_{client}"]["seconds"]
        print(f"  throughput of spola over {client}: {ratio:.2f} of what is written by hand")


def show_step(url: str, runs: int) -> bool:
    print(f"\nCPU of a step, {runs} runs one after the other, over requests")
    floor = measured("requests_by_hand", url, runs)["cpu"]
    ours = measured("requests_spola", url, runs)["cpu"]
    theirs = measured("requests_arazzo_runner", url, runs)["cpu"]
    for name, cpu in (("by hand", floor), ("spola", ours), ("arazzo-runner", theirs)):
        print(f"  {name:24}{cpu / runs / STEPS * 1e6:>9.0f} µs")
    over = (theirs - floor) / max(ours - floor, 1e-9)
    print(f"  above what requests costs: arazzo-runner / spola = {over:.1f}")
    print("without a network: a canned answer")
    ours = measured("memory_spola", url, runs)["cpu"]
    theirs = measured("memory_arazzo_runner", url, runs)["cpu"]
    for name, cpu in (("spola", ours), ("arazzo-runner", theirs)):
        print(f"  {name:24}{cpu / runs / STEPS * 1e6:>9.0f} µs")
    ratio = theirs / ours
    print(f"  arazzo-runner / spola = {ratio:.1f} (goal: {GOAL})")
    return ratio >= GOAL


def main() -> int:
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], sys.argv[3], int(sys.argv[4]))
        return 0
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    port = multiprocessing.Value("i", 0)
    server = multiprocessing.Process(target=serve, args=(port,), daemon=True)
    server.start()
    while not port.value:
        time.sleep(0.01)
    url = f"http://127.0.0.1:{port.value}"
    show_many(url, runs)
    reached = show_step(url, 500)
    server.terminate()
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
