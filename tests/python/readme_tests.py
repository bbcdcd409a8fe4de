"""The examples for Python run, and print what it shows."""

from __future__ import annotations

import contextlib
import io
import re

import pytest

import cloud
import harness
import programs

PAGES = ["README.md", "bindings-python/README.md"]


@pytest.mark.parametrize("page", PAGES)
def the_examples_run_and_print_what_is_shown(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(harness.ROOT)
    text = (harness.ROOT / page).read_text()
    blocks = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", text, re.S)
    assert blocks
    names: dict[str, object] = {}
    with cloud.cloud(hold=0) as aws:
        aws.sandbox.control("reset", {"sample": True})
        for name, value in {**programs.AWS, "AWS_ENDPOINT_URL": aws.url}.items():
            monkeypatch.setenv(name, value)
        for code, shown in blocks:
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                exec(compile(code, page, "exec"), names)
            assert said.getvalue() == shown, code
