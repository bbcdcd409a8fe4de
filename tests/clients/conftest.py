"""One sandbox process for all tests, emptied before each."""

import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.request

import boto3
import botocore.client
import pytest
import shapes
from botocore import xform_name

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGION = "us-east-1"
ACCOUNT = "123456789012"
JUDGE = shapes.Judge()
JUDGE.install()
#: Whether all tests run, so that what they called can be judged as a whole.
WHOLE = pytest.StashKey()
#: The paginators and waiters that tests asked for, by service.
PAGED = set()


def built():
    """The program, built as the Rust tests build it."""
    command = ["cargo", "build", "--quiet", "-p", "spola-cli", "--message-format=json"]
    out = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    messages = [json.loads(line) for line in out.splitlines()]
    found = [message["executable"] for message in messages if message.get("executable")]
    return next(path for path in found if pathlib.Path(path).stem == "spola")


class Process:
    """`spola sandbox` on a port that the system chose."""

    def __init__(self, *arguments):
        program = os.environ.get("SPOLA_BINARY") or built()
        self.child = subprocess.Popen(
            [program, "sandbox", "--listen", "127.0.0.1:0", *arguments],
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.child.stderr.readline()
        match = re.fullmatch(r"the sandbox listens on (http://127\.0\.0\.1:\d+)\n", line)
        assert match, line
        self.url = match[1]
        self.child.stderr.readline()

    def end(self):
        self.child.terminate()
        self.child.wait(timeout=30)
        self.child.stderr.close()


class Sandbox:
    """The running sandbox as a test sees it."""

    def __init__(self, url):
        self.url = url

    def control(self, path, body):
        request = urllib.request.Request(
            f"{self.url}/_sandbox/{path}", data=json.dumps(body).encode(), method="POST"
        )
        with urllib.request.urlopen(request) as response:
            return response.read()

    def settings(self, **changes):
        self.control("settings", changes)

    def faults(self, *faults):
        """Asks for faults; from then on answers are not judged."""
        JUDGE.asked_faults = True
        self.control("faults", list(faults))


@pytest.fixture(scope="session")
def process():
    process = Process("--empty")
    yield process
    process.end()


@pytest.fixture(autouse=True)
def sandbox(request, process, monkeypatch):
    """An empty sandbox that the environment names; its answers are judged."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    environment = {
        "AWS_ENDPOINT_URL": process.url,
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    sandbox = Sandbox(process.url)
    sandbox.control("reset", {})
    JUDGE.test = f"{request.node.path.stem.removesuffix('_tests')}: {request.node.originalname}"
    JUDGE.faults, JUDGE.asked_faults = [], False
    yield sandbox
    assert JUDGE.faults == [], "answers that the service model forbids"


@pytest.fixture(scope="session")
def _models():
    """Loaded once: botocore reads a service's model anew for each session."""
    return boto3.Session()


@pytest.fixture
def ecr(sandbox, _models):
    return client(_models, "ecr", sandbox.url)


@pytest.fixture
def builder(sandbox, _models):
    return client(_models, "imagebuilder", sandbox.url)


def client(session, service, url, **options):
    keys = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "example"}
    return session.client(
        service, **{"endpoint_url": url, "region_name": REGION, **keys, **options}
    )


@pytest.fixture
def aws(sandbox):
    """Runs the aws command; gives its JSON, or its text, or the completed process."""

    def run(*arguments, fails=False):
        command = [sys.executable, "-m", "awscli", *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if fails:
            assert ran.returncode != 0, ran.stdout
            return ran.stderr
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return run


@pytest.fixture(scope="session", autouse=True)
def _asked_for():
    """Notes which paginators and waiters are asked for."""
    patch = pytest.MonkeyPatch()
    for method in ("get_paginator", "get_waiter"):
        original = getattr(botocore.client.BaseClient, method)

        def noting(client, name, original=original):
            PAGED.add((client.meta.service_model.service_name, xform_name(name)))
            return original(client, name)

        patch.setattr(botocore.client.BaseClient, method, noting)
    yield
    patch.undo()


def pytest_collection_modifyitems(config, items):
    chosen = config.option.keyword or config.option.markexpr or config.option.file_or_dir
    config.stash[WHOLE] = not chosen
    # The table of operations is judged once every other test has run.
    items.sort(key=lambda item: item.path.stem == "operations_tests")
