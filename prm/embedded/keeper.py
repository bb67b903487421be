"""The keeper: the background process that runs one embedded server for as long as somebody uses it.

`python -m prm.embedded.postgres /data/folder [--fast]` (or `.valkey`), started by `servers.use`. Whoever uses the
server holds a share of a lock; once nobody does (ended, or killed with -9), the keeper stops the server and ends.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Protocol

from prm.embedded.folder import DataFolder, write_privately
from prm.embedded.locks import FileLock
from prm.embedded.problem import CannotStartError
from prm.embedded.servers import State, keeper_lock, state_file, users_lock

LOOK_SECONDS = 0.5


class Server(Protocol):
    """What the keeper keeps."""

    name: str

    def start(self) -> None:
        """Start and wait until it answers."""

    def is_running(self) -> bool:
        """Tell whether it lives."""

    def stop(self) -> None:
        """Stop it."""

    def addresses(self) -> dict[str, str]:
        """Return the variables that lead to it."""


class Keeper:
    """Keeps one server until it is told to stop or nobody uses it any more."""

    def __init__(self, folder: DataFolder, server: Server) -> None:
        self._server = server
        self._told_to_stop = Event()
        self._state = state_file(folder, server.name)
        self._users = FileLock(users_lock(folder, server.name))
        signal.signal(signal.SIGTERM, self._stop_soon)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _stop_soon(self, number: int, frame: FrameType | None) -> None:
        self._told_to_stop.set()

    def keep(self) -> None:
        """Start the server, tell the starter, watch over it, stop it."""
        try:
            self._server.start()
            state: State = {"keeper": os.getpid(), "addresses": self._server.addresses()}
            write_privately(self._state, json.dumps(state))
            _tell_starter({"ready": True})
            # Once this succeeds the lock is ours: newcomers wait until the server is gone and start it anew.
            while not self._told_to_stop.is_set() and not self._users.try_take():
                self._start_again_if_dead()
                self._told_to_stop.wait(LOOK_SECONDS)
        finally:
            self._state.unlink(missing_ok=True)
            self._server.stop()

    def _start_again_if_dead(self) -> None:
        if self._server.is_running():
            return
        _log(f"{self._server.name} ended by itself; starting it again")
        before = self._server.addresses()
        self._server.start()
        if self._server.addresses() != before:
            raise CannotStartError(f"{self._server.name} could not have its port back")


def keep(kind: str, make_server: Callable[[DataFolder, bool], Server]) -> int:
    """Run the keeper on the folder the command line names; an error goes to the starter in words."""
    path, *options = sys.argv[1:]
    folder = DataFolder(Path(path))
    with FileLock(keeper_lock(folder, kind)) as lock:
        lock.take()
        try:
            Keeper(folder, make_server(folder, "--fast" in options)).keep()
        except (CannotStartError, OSError) as error:
            _log(f"{kind}: {error}")
            _tell_starter({"error": str(error)})
            return 1
    return 0


def _tell_starter(word: dict[str, object]) -> None:
    """Say it and close the line; the starter may be gone, which matters to nobody."""
    try:
        sys.stdout.write(json.dumps(word) + "\n")
        sys.stdout.flush()
    except (BrokenPipeError, ValueError):
        pass
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _log(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")
    sys.stderr.flush()
