"""The whole product as its users meet it: gunicorn, a Celery worker with its beat, a mail sink, a register."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent.parent
T = TypeVar("T")


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(look: Callable[[], T | None], *, seconds: float = 30.0, what: str) -> T:
    """Return the first truthy answer; fail with what was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds:g} s in vain for {what}")


@dataclass(frozen=True)
class Stack:
    """Where everything is."""

    url: str
    folder: Path
    environment: Mapping[str, str]

    def messages(self) -> list[EmailMessage]:
        """Return what the mail sink received, in order."""
        parser = BytesParser(policy=policy.default)
        return [parser.parsebytes(path.read_bytes()) for path in sorted((self.folder / "mail").glob("*.eml"))]

    def wait_for_message(self, to: str, subject: str = "") -> EmailMessage:
        """Return the first message to an address (whose subject contains the words)."""

        def look() -> EmailMessage | None:
            for message in self.messages():
                if to in str(message["To"]) and subject in str(message["Subject"]):
                    return message
            return None

        return wait_for(look, what=f"a message to {to}")

    def manage(self, *arguments: str) -> str:
        """Run a management command on the same servers and return what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=dict(self.environment), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process for as long as the `with` lasts; its output goes to a file."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def stack(folder: Path, *, register_url: str = "http://127.0.0.1:9") -> Iterator[Stack]:
    """Start it all on the test database; yields when the health page says that everything is there."""
    web, mail = free_port(), free_port()
    (folder / "mail").mkdir(parents=True)
    environment = {
        **_environment(folder, web),
        "EMAIL_URL": f"smtp://127.0.0.1:{mail}",
        "RECHERCHE_ENTREPRISES_URL": register_url,
        "SWEEP_SECONDS": "1",
    }
    python = sys.executable
    processes = {
        "mail": [python, "-m", "prm.embedded.mail_sink", str(mail), str(folder / "mail")],
        "web": _web(web),
        "worker": [python, "-m", "celery", "-A", "prm.celery", "worker", "-B", "-Q", "react,mail,bulk", "-c", "2",
                   "-s", str(folder / "beat"), "-l", "WARNING"],
    }  # fmt: skip
    with _all_running(processes, folder, environment) as started:
        wait_for(
            lambda: _answers(f"{started.url}/api/v1/health"),
            seconds=60,
            what="the health page (see the logs beside it)",
        )
        yield started


@contextmanager
def pages_alone(folder: Path) -> Iterator[Stack]:
    """Start what serves pages on the test database, and nothing that works in the background."""
    web = free_port()
    folder.mkdir(parents=True)
    with _all_running({"web": _web(web)}, folder, _environment(folder, web)) as started:
        wait_for(lambda: _answers(f"{started.url}/accounts/login/"), seconds=60, what="a page (see web.log)")
        yield started


def _environment(folder: Path, web: int) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
        "DATABASE_APP_URL": os.environ["TEST_DATABASE_APP_URL"],
        "PRM_DATA_DIR": str(folder),
        "PRM_EMBEDDED": "1",
        "BASE_URL": f"http://127.0.0.1:{web}",
    }


def _web(port: int) -> list[str]:
    return [sys.executable, "-m", "gunicorn", "prm.wsgi", "-b", f"127.0.0.1:{port}", "-k", "gthread", "--threads", "4"]


_collected: list[Path] = []


def _static_files(folder: Path) -> Path:
    """Collect the static files with their hashes and packed forms, once for all tests of this process."""
    if not _collected:
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        environment = {**os.environ, "STATIC_ROOT": str(folder / "static")}
        subprocess.run(collect, cwd=ROOT, env=environment, check=True)
        _collected.append(folder / "static")
    return _collected[0]


@contextmanager
def _all_running(
    processes: Mapping[str, Sequence[str]], folder: Path, environment: Mapping[str, str]
) -> Iterator[Stack]:
    environment = {**environment, "STATIC_ROOT": str(_static_files(folder))}
    with ExitStack() as running_now:
        for name, command in processes.items():
            running_now.enter_context(running(command, environment, folder / f"{name}.log"))
        yield Stack(environment["BASE_URL"], folder, environment)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
