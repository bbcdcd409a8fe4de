"""A local HTTP server that answers in every way that a transport may meet."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """The server, with what it saw."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.connections = 0
        self.release = threading.Event()
        self.asked = threading.Event()
        self.closed = threading.Event()
        self.texts: dict[str, bytes] = {}
        self.moved: dict[str, str] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def process_request(self, request, client_address) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request) -> None:
        super().shutdown_request(request)
        self.closed.set()

    def handle_error(self, request, client_address) -> None:
        """Clients that go away are what is tested."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_) -> None:
        pass

    def answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path = self.path.partition("?")[0]
        self.server.seen.append((self.command, self.path, dict(self.headers.items()), body))
        self.server.asked.set()
        if path in self.server.moved:
            self.answer(301, b"", ("Location", self.server.moved[path]))
        elif path in self.server.texts:
            self.answer(200, self.server.texts[path])
        elif path == "/redirect":
            self.answer(302, b"", ("Location", "/pets"))
        elif path == "/large":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            part = b"x" * 65536
            while True:
                self.wfile.write(b"10000\r\n" + part + b"\r\n")
        elif path == "/announced":
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 40))
            self.end_headers()
            self.wfile.write(b"x" * 4096)
            self.server.release.wait(10)
            self.close_connection = True
        elif path == "/slow":
            self.server.release.wait(10)
            self.close_connection = True
        elif path == "/slow-body":
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"x")
            self.wfile.flush()
            self.server.release.wait(10)
            self.close_connection = True
        elif path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"x" * 10)
            self.close_connection = True
        elif path == "/cut-chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"10000\r\nxx")
            self.close_connection = True
        elif path == "/reset":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif path == "/bye":
            self.answer(200, b"")
            self.close_connection = True
        elif path == "/missing":
            self.answer(404, b"", ("X-Twice", "a"), ("X-Twice", "b"))
        else:
            pets = json.dumps([{"name": "Rex"}]).encode()
            self.answer(200, pets, ("Content-Type", "application/json"))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any


@contextmanager
def running() -> Iterator[Server]:
    """A server for the length of a test."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
