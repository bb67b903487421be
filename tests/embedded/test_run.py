"""`make run` as a person meets it: refusals in one line, a whole run, death and a second start."""

import http.client
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prm.embedded.folder import DataFolder, find_free_port
from prm.embedded.processes import command_of
from prm.embedded.servers import ROOT
from tests.embedded.conftest import clean_environment

Run = Callable[[DataFolder, int | str, Path], "subprocess.Popen[bytes]"]


@pytest.fixture
def run(folder: DataFolder) -> Iterator[Run]:
    """Start supervisors; what one says goes to a file. None outlives the test."""
    started = []

    def start(folder: DataFolder, port: int | str, output: Path) -> "subprocess.Popen[bytes]":
        variables = clean_environment(PRM_DATA_DIR=str(folder.path), PORT=str(port))
        command = [sys.executable, "-m", "prm.embedded.run"]
        with output.open("wb") as file:
            started.append(subprocess.Popen(command, cwd=ROOT, env=variables, stdout=file, stderr=subprocess.STDOUT))
        return started[-1]

    yield start
    for process in started:
        process.terminate()
        process.wait(60)


def wait_for(text: str, output: Path, process: "subprocess.Popen[bytes]", seconds: float = 90) -> str:
    """Wait until the supervisor has said this; return all it said."""
    deadline = time.monotonic() + seconds
    while text not in (said := output.read_text()):
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
    return said


def processes_of(folder: DataFolder) -> dict[int, str]:
    """Return every process that was started for this folder: it stands in its environment or command line."""
    found = {}
    for place in Path("/proc").iterdir():
        if not place.name.isdigit() or int(place.name) == os.getpid():
            continue
        try:
            seen = (place / "environ").read_bytes() + (place / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder.path).encode() in seen:
            found[int(place.name)] = command_of(int(place.name))
    return found


def status_of(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Host": "localhost"})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("port", "said"), [("eighty", "PORT=eighty is not a port"), ("70000", "PORT=70000 is not a port")]
)
def test_a_wrong_port_is_said_in_one_line(run: Run, folder: DataFolder, tmp_path: Path, port: str, said: str) -> None:
    assert run(folder, port, tmp_path / "out").wait(30) == 1
    assert (tmp_path / "out").read_text().startswith(f"PRM cannot start: {said}")
    assert (tmp_path / "out").read_text().count("\n") == 1


def test_a_busy_port_is_said_in_one_line(run: Run, folder: DataFolder, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert run(folder, port, tmp_path / "out").wait(30) == 1
    assert (tmp_path / "out").read_text() == (
        f"PRM cannot start: port {port} is taken by another program, or not yours to use. "
        f"Choose another: make run PORT={port + 1}\n"
    )


def test_a_folder_that_cannot_be_written_to_is_said_in_one_line(run: Run, tmp_path: Path) -> None:
    assert run(DataFolder(Path("/proc/prm")), 8000, tmp_path / "out").wait(30) == 1
    said = (tmp_path / "out").read_text()
    assert said.startswith("PRM cannot start: the data folder /proc/prm cannot be written to")
    assert said.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_run_killed_with_9_leaves_nothing_and_the_next_one_stops_cleanly(
    run: Run, folder: DataFolder, tmp_path: Path
) -> None:
    (folder.path / "demo.done").touch()  # the demo has tests of its own
    port, output = find_free_port(avoiding=set()), tmp_path / "out"
    first = run(folder, port, output)
    wait_for("PRM runs at", output, first)
    first.kill()
    first.wait()
    deadline = time.monotonic() + 40
    while processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert processes_of(folder) == {}

    began = time.monotonic()
    second = run(folder, port, output)
    said = wait_for("Ctrl-C stops everything", output, second)
    start_seconds = time.monotonic() - began
    assert "The last run was cut short" in said
    assert f"PRM runs at http://localhost:{port}\n" in said
    assert "admin@demo.example" in said
    assert status_of(port, "/accounts/login/") == 200

    other = tmp_path / "other"
    assert run(folder, port + 1, other).wait(30) == 1
    assert f"PRM runs already on {folder.path} (process {second.pid}, http://localhost:{port})" in other.read_text()

    command = [sys.executable, "manage.py", "showmigrations", "organisations"]
    variables = clean_environment(PRM_DATA_DIR=str(folder.path))
    began = time.monotonic()
    shown = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=True)
    assert "[X] 0001_initial" in shown.stdout
    # Ten seconds; on a machine that has other work, as long as several commands take.
    assert start_seconds < max(10, 8 * (time.monotonic() - began))

    sink = next(pid for pid, line in processes_of(folder).items() if "prm.embedded.mail_sink" in line)
    os.kill(sink, signal.SIGKILL)
    wait_for("! mail ended by itself (killed by SIGKILL); it starts again.", output, second)
    send_when_possible(folder.port("mail", usable=False))
    assert len(list(folder.mail.glob("*.eml"))) == 1

    second.send_signal(signal.SIGINT)
    assert second.wait(60) == 0
    assert output.read_text().endswith("Everything has stopped.\n")
    assert processes_of(folder) == {}


def send_when_possible(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
                smtp.sendmail("a@solvane.example", "b@solvane.example", b"Subject: one\r\n\r\none\r\n")
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
