"""Other programs that the tests start: the command line, servers, an empty environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import botocore.session

import harness
import server

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", harness.ROOT / "target"))
SPOLA = TARGET / "debug/spola"
MOTO = os.environ.get("SPOLA_MOTO")
AWS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "us-east-1"}


def command(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs `spola`."""
    return subprocess.run(
        [str(SPOLA), *map(str, arguments)],
        env={**os.environ, **AWS, **more},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=harness.ROOT,
    )


@contextmanager
def sandbox_server() -> Iterator[str]:
    """`spola sandbox` on any free port: its URL."""
    process = subprocess.Popen(
        [str(SPOLA), "sandbox", "--listen", "127.0.0.1:0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"http://\S+", line):
                threading.Thread(target=process.stderr.read, daemon=True).start()
                yield found[0]
                return
        raise AssertionError("it does not say where it listens")
    finally:
        process.kill()
        process.wait()


@contextmanager
def moto_server() -> Iterator[str]:
    """moto's server: an imitation of AWS by other people."""
    port = server.closed_port()
    process = subprocess.Popen(
        [str(MOTO), "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url)
        yield url
    finally:
        process.kill()
        process.wait()


def _await(url: str) -> None:
    """Waits for a server to listen."""
    end = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(f"{url}/moto-api/", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def built(pattern: str) -> Path:
    """The newest file of that name that the build left."""
    found = sorted((TARGET / "wheels").glob(pattern), key=lambda path: path.stat().st_mtime)
    assert found, f"tests/python/run builds {pattern}"
    return found[-1]


def python(venv: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs the Python of a virtual environment, with nothing else on its path."""
    place = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    return subprocess.run(
        [str(venv / place), "-I", *map(str, arguments)],
        env={**{k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}, **AWS, **more},
        capture_output=True,
        text=True,
        timeout=600,
    )


def published(venv: Path, script: Path, *arguments: object) -> str:
    """What the script prints that publishes an image."""
    done = python(venv, script, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def repository(endpoint: str, name: str) -> None:
    """Makes a repository, by botocore."""
    session = botocore.session.Session()
    session.set_credentials(AWS["AWS_ACCESS_KEY_ID"], "s")
    ecr = session.create_client("ecr", region_name="us-east-1", endpoint_url=endpoint)
    ecr.create_repository(repositoryName=name)
