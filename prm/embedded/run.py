"""`make run`: PRM on this machine. Starts everything, watches over it, stops it in order.

`python -m prm.embedded.run`; reads PORT, PRM_DATA_DIR and what .env.example lists. With `--end-with-parent` it stops
when the process that started it dies: make, of which a kill -9 would otherwise leave it running.
"""

import http.client
import os
import signal
import sys
import time
from pathlib import Path
from threading import Event
from types import FrameType

from prm.embedded import environment
from prm.embedded.children import Child, say, stop_together
from prm.embedded.folder import DataFolder, is_free
from prm.embedded.locks import FileLock
from prm.embedded.parenthood import end_with_parent
from prm.embedded.problem import CannotStartError
from prm.embedded.processes import Process, tail_since
from prm.embedded.servers import ROOT

LOOK_SECONDS = 0.3
WEB_START_SECONDS = 90
DEMO_PASSWORD = "demo-prm-2026"  # noqa: S105  (meant to be known: the demo runs on loopback only)
DEMO_ACCOUNTS = {
    "admin@demo.example": "admin",
    "marketer@demo.example": "marketer",
    "sales@demo.example": "sales rep",
    "viewer@demo.example": "viewer",
}


class Stopped(Exception):
    """Somebody asked us to stop while we were starting: a wish, not an error."""


class Supervisor:
    """Everything `make run` runs."""

    def __init__(self, folder: DataFolder, port: int) -> None:
        self.folder, self.port = folder, port
        self.address = f"http://localhost:{port}"
        self.stop_wishes = 0
        self._wished = Event()
        self.children: list[Child] = []
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._wish_to_stop)

    def _wish_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_wishes += 1
        self._wished.set()

    def run(self) -> None:
        """Start everything, stay until somebody asks to stop, stop everything."""
        try:
            self._start()
            while not self._wished.wait(LOOK_SECONDS):
                self._look_after()
        except Stopped:
            pass
        finally:
            self._stop()

    def _start(self) -> None:
        os.environ.update(
            PRM_EMBEDDED="1", PRM_DATA_DIR=str(self.folder.path), PORT=str(self.port), PYTHONUNBUFFERED="1"
        )
        os.environ.setdefault("BASE_URL", self.address)
        own_sink = "EMAIL_URL" not in os.environ
        if own_sink:
            os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{self.folder.port('mail')}"
        environment.prepare_environment()
        for server in environment.servers_in_use():
            line = next(iter(server.addresses.values())).rpartition("@")[2].partition("/")[0]
            _started({"postgres": "PostgreSQL", "valkey": "Valkey"}[server.kind], line)
        if "DATABASE_URL" not in os.environ:
            raise CannotStartError("DATABASE_URL is not set: besides the application's role, the owner's is needed.")
        self._step("database", ["-m", "prm.embedded.preparation"], "Database", "up to date", owner=True)
        self._fill_demo()
        if own_sink:
            port = self.folder.port("mail")
            os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
            command = ["-m", "prm.embedded.mail_sink", str(port), str(self.folder.mail)]
            self._start_child("mail", command, "Mail sink", f"127.0.0.1:{port}, messages in {_short(self.folder.mail)}")
        self._start_child("web", _web_command(self.port), "Web", f"127.0.0.1:{self.port}")
        self._wait_for_web()  # the rest begins its own work only then: a quick start on few cores
        self._start_child("worker", _worker_command("react,mail", 2), "Worker", "reactions and mail")
        self._start_child("worker-bulk", _worker_command("bulk", 1), "Worker", "long jobs")
        beat = ["-m", "celery", "-A", "prm.celery", "beat", "--loglevel", "WARNING", "--pidfile", ""]
        self._start_child("beat", beat, "Beat", "looks for due work every few seconds")
        self._say_where()

    def _step(self, name: str, arguments: list[str], title: str, result: str, *, owner: bool = False) -> None:
        """Run a program to its end; its log tells what went wrong."""
        variables = os.environ | ({"PRM_DATABASE_ROLE": "owner"} if owner else {})
        with self.folder.open_log(name) as log:
            begins = log.tell()
            process = Process(
                [sys.executable, *arguments], log=log, at_our_end=signal.SIGTERM, folder=ROOT, environment=variables
            )
        while process.is_running():
            if self.stop_wishes:
                process.stop([(signal.SIGTERM, 10), (signal.SIGKILL, 5)])
                raise Stopped
            time.sleep(0.02)
        if process.returncode != 0:
            said = tail_since(self.folder.logs / f"{name}.log", begins)
            raise CannotStartError(f"{title.lower()}: it ended with an error. It said:\n{said}")
        _started(title, result)

    def _fill_demo(self) -> None:
        """Make the demo organisation on the first start only."""
        done = self.folder.path / "demo.done"
        if not done.exists():
            say("  Demo organisation  being filled, a moment ...")
            self._step("demo", ["manage.py", "demo", "--if-empty"], "Demo organisation", "filled")
            done.touch()

    def _start_child(self, name: str, arguments: list[str], title: str, detail: str) -> None:
        if self.stop_wishes:
            raise Stopped
        child = Child(name, [sys.executable, *arguments], self.folder, dict(os.environ))
        child.start()
        self.children.append(child)
        _started(title, detail)

    def _wait_for_web(self) -> None:
        """Wait for the first answer to a request; whoever dies before it stops the start."""
        deadline = time.monotonic() + WEB_START_SECONDS
        while not self._web_answers():
            if self.stop_wishes:
                raise Stopped
            for child in self.children:
                if not child.is_running():
                    raise CannotStartError(f"{child.name}: {child.ending()}. It said:\n{child.last_words()}")
            if time.monotonic() > deadline:
                raise CannotStartError(f"the web server does not answer; see {_short(self.folder.logs / 'web.log')}.")
            time.sleep(0.1)

    def _web_answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("HEAD", "/accounts/login/", headers={"Host": "localhost"})
            connection.getresponse()
        except OSError:
            return False
        except http.client.HTTPException:
            return False
        finally:
            connection.close()
        return True

    def _look_after(self) -> None:
        if environment.take_lost_servers_again():
            say("! A server came back at another address; everything is started again.")
            stop_together(self.children, at_once=lambda: self.stop_wishes > 0)
            for child in self.children:
                child.environment = dict(os.environ)
                child.start()
        for child in self.children:
            child.look_after()

    def _stop(self) -> None:
        """Stop whoever makes work, then the sink that takes their mail, then the servers below."""
        if self.children:
            say("\nStopping; running work is finished or handed back (Ctrl-C again: at once) ...")
        asked_again = self.stop_wishes + 1
        sinks = [child for child in self.children if child.name == "mail"]
        for children in ([child for child in self.children if child not in sinks], sinks):
            stop_together(children, at_once=lambda: self.stop_wishes >= asked_again)
        environment.give_back_servers()
        if self.children:
            say("Everything has stopped.")

    def _say_where(self) -> None:
        accounts = "\n".join(f"    {address:<24} {role}" for address, role in DEMO_ACCOUNTS.items())
        say(
            f"\nPRM runs at {self.address}\n"
            f"  Demo accounts (password {DEMO_PASSWORD}):\n{accounts}\n"
            f"  Logs in {_short(self.folder.logs)}. Ctrl-C stops everything.\n"
        )


def _web_command(port: int) -> list[str]:
    return [
        *("-m", "gunicorn", "prm.wsgi:application", "--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload"),
        *("--graceful-timeout", "15", "--no-control-socket", "--access-logfile", "-"),
        *("--logger-class", "prm.access_log.AccessLogger"),
    ]


def _worker_command(queues: str, processes: int) -> list[str]:
    return [
        *("-m", "celery", "-A", "prm.celery", "worker", "--loglevel", "INFO", "--queues", queues),
        *("--concurrency", str(processes), "--hostname", f"{queues.partition(',')[0]}@localhost"),
        *("--without-gossip", "--without-mingle"),
    ]


def _started(title: str, detail: str) -> None:
    say(f"  {title:<18} {detail}")


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def read_port() -> int:
    """Return the port to serve at; CannotStartError unless it is a free one."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise CannotStartError(f"PORT={text} is not a port; use a number between 1024 and 65535.")
    port = int(text)
    if not is_free(port):
        raise CannotStartError(
            f"port {port} is taken by another program, or not yours to use. Choose another: make run PORT={port + 1}"
        )
    return port


def _run_alone(folder: DataFolder) -> None:
    """Run, unless somebody does already on this folder; the lock is gone with us even after kill -9."""
    with FileLock(folder.path / "run.lock") as lock:
        if not lock.try_take():
            raise CannotStartError(
                f"PRM runs already on {_short(folder.path)} ({lock.read()}). Stop it first, or run a second one "
                "with PRM_DATA_DIR and PORT of its own."
            )
        port = read_port()
        say(f"PRM, data in {_short(folder.path)}")
        if lock.read():
            say("  The last run was cut short; the databases recover what it had committed.")
        lock.note(f"process {os.getpid()}, http://localhost:{port}")
        try:
            Supervisor(folder, port).run()
        finally:
            lock.note("")


def main() -> int:
    """Run until stopped; return the exit code."""
    if "--end-with-parent" in sys.argv:
        end_with_parent()
    try:
        environment.read_dotenv()
        _run_alone(DataFolder.opened(environment.data_path()))
    except CannotStartError as error:
        sys.stderr.write(f"PRM cannot start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
