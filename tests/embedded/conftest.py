"""Data folders for servers that start and die for real."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prm.embedded.folder import DataFolder
from prm.embedded.locks import wait_until_free
from prm.embedded.servers import ROOT, keeper_lock

# What the test session itself runs on, and its children must not find.
OURS = (
    *("DATABASE_URL", "DATABASE_APP_URL", "REDIS_URL", "SECRET_KEY", "EMAIL_URL", "BASE_URL", "PORT", "PRM_DATA_DIR"),
    *("PRM_TEST_DATA_DIR", "PRM_TEST_EMBEDDED", "PRM_DATABASE_ROLE", "PRM_EMBEDDED"),
)


@pytest.fixture
def folder() -> Iterator[DataFolder]:
    """Return an empty data folder whose servers have stopped when the test is over."""
    path = Path(tempfile.mkdtemp(prefix="prm-"))
    folder = DataFolder.opened(path)
    yield folder
    for kind in ("postgres", "valkey"):
        assert wait_until_free(keeper_lock(folder, kind), 30)
    if (path / "postgres").is_symlink():
        shutil.rmtree((path / "postgres").resolve())
    shutil.rmtree(path)


def clean_environment(**values: str) -> dict[str, str]:
    """Return this process's environment as somebody would have it who just cloned PRM."""
    return {name: value for name, value in os.environ.items() if name not in OURS} | values


Python = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def python(folder: DataFolder) -> Python:
    """Run Python code in a process of its own on the folder."""

    def run(code: str, **values: str) -> "subprocess.CompletedProcess[str]":
        variables = clean_environment(**({"PRM_DATA_DIR": str(folder.path)} | values))
        return subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
        )

    return run
