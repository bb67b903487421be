"""What make does before Python can: find one, make the environment, clear up."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from prm.embedded.folder import DataFolder
from prm.embedded.servers import ROOT, use
from tests.embedded.conftest import clean_environment


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what make works on."""
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT / "make", copy / "make")
    for name in ("requirements-embedded.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, copy)
    return copy


def script(name: str, *arguments: str, cwd: Path, **values: str) -> "subprocess.CompletedProcess[str]":
    command = [str(cwd / "make" / name), *arguments]
    return subprocess.run(
        command, cwd=cwd, env=clean_environment(**values), capture_output=True, text=True, check=False
    )


@pytest.fixture
def old_programs(tmp_path: Path) -> str:
    """Return a PATH on which every Python is too old."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        (programs / name).write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
        (programs / name).chmod(0o755)
    return f"{programs}{os.pathsep}/usr/bin:/bin"


def test_an_old_python_is_said_in_words(checkout: Path, old_programs: str) -> None:
    refused = script("environment", "embedded", cwd=checkout, PATH=old_programs)
    assert refused.returncode == 1
    assert refused.stderr == (
        "PRM cannot start: Python 3.11 or newer is needed, and this is Python 3.9.2. "
        "Install one, or name it: make run PYTHON=/path/to/python3\n"
    )
    assert not (checkout / ".venv").exists()


def test_an_environment_is_left_alone_until_the_lock_changes(checkout: Path, old_programs: str) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/bin/false")  # would fail if it were asked anything
    shutil.copy(checkout / "requirements-dev.txt", checkout / ".venv" / "installed-dev.txt")
    for wanted in ("embedded", "dev"):  # all of the first is in the second
        assert script("environment", wanted, cwd=checkout, PATH=old_programs).returncode == 0
    (checkout / "requirements-dev.txt").write_text("changed==1\n")
    assert script("environment", "dev", cwd=checkout, PATH=old_programs).returncode == 1


def test_every_lock_has_the_hash_of_every_package() -> None:
    for name in ("requirements.txt", "requirements-embedded.txt", "requirements-dev.txt"):
        packages = [line for line in (ROOT / name).read_text().splitlines() if line[0] not in " #"]
        assert len(packages) > 50
        assert [line for line in packages if "==" not in line or not line.endswith("\\")] == []


def test_clean_refuses_a_folder_in_use_and_one_that_is_not_ours(checkout: Path, folder: DataFolder) -> None:
    server = use(folder, "valkey")
    refused = script("clean", cwd=checkout, PRM_DATA_DIR=str(folder.path))
    assert refused.returncode == 1
    assert "is in use" in refused.stderr
    assert folder.servers.exists()
    server.give_back()

    assert script("clean", cwd=checkout, PRM_DATA_DIR=str(checkout)).returncode == 1
    assert (checkout / "make").exists()

    mine = DataFolder.opened(checkout / "data")
    mine.secret_key()
    assert script("clean", cwd=checkout, PRM_DATA_DIR=str(mine.path)).returncode == 0
    assert not mine.path.exists()
