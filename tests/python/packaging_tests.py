"""The wheel in an empty environment, and the source distribution."""

from __future__ import annotations

import json
import os
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
import spola

import harness
import programs

INPUTS = json.dumps(
    harness.read_yaml(harness.ROOT / "workflows/examples/publish-image.inputs.yaml")
)
PUBLISH = harness.WORKFLOWS / "publish-image.arazzo.yaml"
NAME = json.loads(INPUTS)["repositoryName"]
SCRIPT = Path(__file__).with_name("publish.py")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel in it, and nothing else."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=True)
    done = programs.python(
        folder, "-m", "pip", "install", "-q", "--no-index", programs.built("spola-*.whl")
    )
    assert done.returncode == 0, done.stderr
    return folder


def the_wheel_alone_publishes_an_image(empty: Path) -> None:
    assert programs.published(empty, SCRIPT, PUBLISH, INPUTS).startswith("sha256:")


def the_wheel_publishes_an_image_to_a_sandbox_that_runs(empty: Path) -> None:
    with programs.sandbox_server() as url:
        there = programs.published(empty, SCRIPT, PUBLISH, INPUTS, url)
    assert there == programs.published(empty, SCRIPT, PUBLISH, INPUTS)


@pytest.mark.skipif(programs.MOTO is None, reason="SPOLA_MOTO does not name moto's server")
def the_wheel_publishes_an_image_to_moto(empty: Path) -> None:
    with programs.moto_server() as url:
        programs.repository(url, NAME)
        assert programs.published(empty, SCRIPT, PUBLISH, INPUTS, url).startswith("sha256:")


def the_wheel_is_typed_and_says_what_it_is() -> None:
    with zipfile.ZipFile(programs.built("spola-*.whl")) as wheel:
        names = wheel.namelist()
        about = wheel.read(f"spola-{spola.__version__}.dist-info/METADATA").decode()
        entry = wheel.read(f"spola-{spola.__version__}.dist-info/entry_points.txt").decode()
    assert "spola/py.typed" in names and "spola/_spola.pyi" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".rs")]
    assert "cp310-abi3" in programs.built("spola-*.whl").name
    for line in (
        "License-Expression: MIT OR Apache-2.0",
        "Requires-Python: >=3.10",
        "Typing :: Typed",
    ):
        assert line in about
    assert "Requires-Dist" not in about and "spola.pytest_plugin" in entry


def the_source_distribution_builds(empty: Path, tmp_path: Path) -> None:
    archive = programs.built("spola-*.tar.gz")
    with tarfile.open(archive) as opened:
        names = opened.getnames()
    assert any(name.endswith("core/src/lib.rs") for name in names)
    done = programs.python(
        Path(programs.TARGET / "venv-python"),
        *("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, archive),
        PATH=f"{programs.TARGET / 'venv-python/bin'}{os.pathsep}{os.environ['PATH']}",
        MATURIN_PEP517_ARGS="--profile dev",
        CARGO_TARGET_DIR=str(programs.TARGET),
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.glob("spola-*-cp310-abi3-*.whl"))
