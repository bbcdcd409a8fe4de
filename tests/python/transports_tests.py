"""The HTTP clients: all of them see, and tell, the same."""

from __future__ import annotations

import ssl
from typing import Any

import httpx
import pytest
import requests
import spola
from spola import transport as transports

import clients
import pets
import server


@clients.every_client
async def a_request_arrives_as_it_is(kind: str, web: server.Server) -> None:
    path = "/a%2Fb/%C3%A4/c~d?q=1%202&r=%2B&e=&s=a/b:c"
    headers = (("X-Own", "a b"), ("Content-Type", "application/x-amz-json-1.1"))
    request = spola.Request("POST", web.url + path, headers, b'{"a": "\xc3\xa4"}')
    async with clients.opened(kind) as client:
        answer = await clients.sent(client, request)
    assert answer.status == 200 and answer.body == b'[{"name": "Rex"}]'
    assert answer.header("content-type") == "application/json"
    ((method, target, seen, body),) = web.seen
    assert (method, target, body) == ("POST", path, request.body)
    seen = {name.lower(): value for name, value in seen.items()}
    assert seen["x-own"] == "a b" and seen["content-type"] == "application/x-amz-json-1.1"


@clients.every_client
async def a_post_without_a_body_says_that_it_is_empty(kind: str, web: server.Server) -> None:
    async with clients.opened(kind) as client:
        await clients.sent(client, spola.Request("POST", f"{web.url}/pets"))
    assert {name.lower(): value for name, value in web.seen[0][2].items()}["content-length"] == "0"


@clients.every_client
async def statuses_and_repeated_fields_are_answers(kind: str, web: server.Server) -> None:
    async with clients.opened(kind) as client:
        answer = await clients.sent(client, spola.Request("GET", f"{web.url}/missing"))
    assert answer.status == 404
    twice = [value for name, value in answer.headers if name.lower() == "x-twice"]
    assert ", ".join(twice) == "a, b"


@clients.every_client
async def a_redirect_is_an_answer(kind: str, web: server.Server) -> None:
    async with clients.opened(kind) as client:
        answer = await clients.sent(client, spola.Request("GET", f"{web.url}/redirect"))
    assert answer.status == 302 and answer.header("location") == "/pets"
    assert len(web.seen) == 1


@pytest.mark.parametrize(
    "kind, adapter",
    [
        ("requests", transports.Requests),
        ("httpx", transports.Httpx),
        ("httpx, asynchronous", transports.HttpxAsync),
        ("aiohttp", transports.Aiohttp),
    ],
)
async def a_redirect_is_followed_where_that_is_asked(
    kind: str, adapter: Any, web: server.Server
) -> None:
    async with clients.opened(kind) as client:
        following = adapter(client, redirects=True)
        answer = await clients.sent(following, spola.Request("GET", f"{web.url}/redirect"))
    assert answer.status == 200 and len(web.seen) == 2


@clients.every_client
@pytest.mark.parametrize("path", ["/large", "/announced"])
async def reading_stops_at_the_limit(kind: str, path: str, web: server.Server) -> None:
    async with clients.opened(kind) as client:
        request = spola.Request("GET", web.url + path)
        refused = await clients.sent(client, request, max_response=3000)
    assert refused.reason == "too-large"
    assert refused.message == f"{web.url}{path}: the answer is larger than 3000 bytes"


@clients.every_client
async def an_answer_of_just_the_limit_is_taken(kind: str, web: server.Server) -> None:
    async with clients.opened(kind) as client:
        request = spola.Request("GET", f"{web.url}/pets")
        assert (await clients.sent(client, request, max_response=17)).status == 200
        assert (await clients.sent(client, request, max_response=16)).reason == "too-large"


@clients.every_client
@pytest.mark.parametrize("path", ["/slow", "/slow-body"])
async def an_answer_that_takes_too_long(kind: str, path: str, web: server.Server) -> None:
    async with clients.opened(kind) as client:
        refused = await clients.sent(client, spola.Request("GET", web.url + path), timeout=0.1)
    assert refused.reason == "timeout", refused.message


@clients.every_client
@pytest.mark.parametrize("path", ["/cut", "/cut-chunked"])
async def an_answer_that_is_cut_short(kind: str, path: str, web: server.Server) -> None:
    async with clients.opened(kind) as client:
        refused = await clients.sent(client, spola.Request("GET", web.url + path))
    assert refused.reason == "truncated", refused.message
    assert refused.message.startswith(f"{web.url}{path}: ")


@clients.every_client
async def a_connection_that_is_lost_before_the_answer(kind: str, web: server.Server) -> None:
    async with clients.opened(kind) as client:
        refused = await clients.sent(client, spola.Request("POST", f"{web.url}/reset", (), b"x"))
    assert refused.reason == "reset", refused.message


@clients.every_client
async def nobody_listens(kind: str) -> None:
    url = f"http://127.0.0.1:{server.closed_port()}/pets"
    async with clients.opened(kind) as client:
        refused = await clients.sent(client, spola.Request("GET", url + "?key=s3cret"))
    assert refused.reason == "connect", refused.message
    assert url in refused.message and "s3cret" not in refused.message


@clients.every_client
async def a_host_without_an_address(kind: str) -> None:
    async with clients.opened(kind) as client:
        refused = await clients.sent(client, spola.Request("GET", "http://nowhere.invalid/pets"))
    assert refused.reason == "resolve", refused.message


@clients.every_client
async def a_server_that_does_not_speak_tls(kind: str, web: server.Server) -> None:
    async with clients.opened(kind) as client:
        url = web.url.replace("http:", "https:")
        refused = await clients.sent(client, spola.Request("GET", f"{url}/pets"))
    assert refused.reason == "tls", refused.message


@clients.every_client
async def a_workflow_runs_over_it(kind: str, web: server.Server) -> None:
    async with clients.opened(kind) as client:
        result = await pets.program().run_async("count", transport=client, endpoint=web.url)
    assert result.outputs == {"first": "Rex"}


@pytest.mark.parametrize("kind", ["standard library", "requests", "httpx"])
def a_workflow_runs_synchronously(kind: str, web: server.Server) -> None:
    client = clients.CLIENTS[kind]()
    result = pets.program().run("count", transport=client, endpoint=web.url)
    assert result.outputs == {"first": "Rex"}


def the_standard_transport_keeps_its_connection(web: server.Server) -> None:
    transport = transports.Standard()
    for _ in range(5):
        transport.send(spola.Send(1, spola.Request("GET", f"{web.url}/pets")))
    transport.close()
    assert (len(web.seen), web.connections) == (5, 1)


def a_connection_that_was_closed_meanwhile_is_not_used_again(web: server.Server) -> None:
    transport = transports.Standard()
    transport.send(spola.Send(1, spola.Request("GET", f"{web.url}/bye")))
    web.closed.wait(10)
    assert transport.send(spola.Send(1, spola.Request("POST", f"{web.url}/pets"))).status == 200
    assert web.connections == 2


def the_proxy_of_the_environment_is_used(web: server.Server, monkeypatch) -> None:
    monkeypatch.setenv("http_proxy", web.url)
    transport = transports.Standard()
    answer = transport.send(spola.Send(1, spola.Request("GET", "http://pets.example/x?y=1")))
    assert answer.status == 200 and web.seen[0][1] == "http://pets.example/x?y=1"
    monkeypatch.setenv("no_proxy", "pets.example")
    with pytest.raises(spola.Refused):
        transport.send(spola.Send(1, spola.Request("GET", "http://pets.example/x")))


def a_session_cannot_put_its_own_over_what_was_authorized(web: server.Server) -> None:
    session = requests.Session()
    session.auth = ("user", "password")
    session.headers["X-Session"] = "kept"
    request = spola.Request("GET", f"{web.url}/pets", (("Authorization", "AWS4 x"),))
    transports.transport_for(session, asynchronous=False).send(spola.Send(1, request))
    transports.transport_for(session, asynchronous=False).send(
        spola.Send(1, spola.Request("GET", f"{web.url}/pets"))
    )
    first, second = web.seen[0][2], web.seen[1][2]
    assert first["Authorization"].startswith("AWS4") and first["X-Session"] == "kept"
    assert second["Authorization"].startswith("Basic ")


@pytest.mark.parametrize("call", clients.CALLS)
def any_callable_sends(call: Any) -> None:
    assert pets.program().run(transport=call).outputs == {"first": "Rex"}


@pytest.mark.parametrize("call", clients.ASYNCHRONOUS)
async def any_callable_sends_asynchronously(call: Any) -> None:
    assert (await pets.program().run_async(transport=call)).outputs == {"first": "Rex"}


@pytest.mark.parametrize(
    "error, reason",
    [
        (ConnectionRefusedError(111, "refused"), "connect"),
        (ConnectionResetError(), "reset"),
        (TimeoutError(), "timeout"),
        (ssl.SSLError("bad"), "tls"),
        (httpx.ConnectTimeout("late"), "timeout"),
        (requests.exceptions.ChunkedEncodingError("IncompleteRead"), "truncated"),
        (spola.Refused("other", "no"), "other"),
    ],
)
def what_a_callable_raises_of_the_network_fails_the_step(error: Exception, reason: str) -> None:
    def call(send: spola.Send) -> Any:
        raise error

    result = pets.program().run(transport=call)
    assert result.outcome == "failed" and result.failure is not None
    assert result.steps[0]["status"] is None
    assert clients.refused_reason(call) == reason
