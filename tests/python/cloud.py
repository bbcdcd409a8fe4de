"""The in-memory AWS behind a socket, which can hold an answer back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import spola

import harness

INPUTS = {"repositoryName": "many"}
KEYS = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "s"}


class Cloud(ThreadingHTTPServer):
    """The in-memory AWS behind a socket; it holds back the answer to one request."""

    daemon_threads = True

    def __init__(self, hold: int, sample: bool) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.sandbox = spola.sandbox(empty=not sample)
        if not sample:
            self.sandbox.control("images", {"repositoryName": "many", "count": 1200})
        self.hold, self.count = hold, 0
        self.held, self.release = threading.Event(), threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what is tested."""


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Cloud

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.count += 1
        if self.server.count == self.server.hold:
            self.server.held.set()
            self.server.release.wait(30)
        url, headers = f"http://{self.headers['Host']}{self.path}", tuple(self.headers.items())
        request = spola.Request(self.command, url, headers, body)
        status, headers, answer = self.server.sandbox._core.handle(request)
        self.send_response(status)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST


@contextmanager
def cloud(hold: int, sample: bool = False) -> Iterator[Cloud]:
    one = Cloud(hold, sample)
    thread = threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield one
    finally:
        one.release.set()
        one.shutdown()
        one.server_close()
        thread.join()


def steady(outputs: dict[str, Any]) -> dict[str, Any]:
    """Outputs without what tells when the repository was made."""
    return {name: value for name, value in outputs.items() if name != "repositories"}


def whole() -> dict[str, Any]:
    """What a run gives that nobody interrupts."""
    with cloud(hold=0) as aws:
        program = harness.shipped("image-inventory")
        result = program.run(None, INPUTS, endpoint=aws.url, credentials=KEYS, region="us-east-1")
    return steady(result.raise_for_failure().outputs)
