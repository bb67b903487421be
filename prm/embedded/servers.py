"""Using an embedded server: find it running or have it started, and give it back.

Three files a server, below PRM_DATA_DIR/servers: `<kind>.users`, a lock of which every user holds a share;
`<kind>.keeper`, a lock its keeper holds alone; `<kind>.json`, where the server is reached.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict, cast

from prm.embedded.folder import DataFolder
from prm.embedded.locks import FileLock, is_held_alone, one_at_a_time, wait_until_free
from prm.embedded.problem import CannotStartError
from prm.embedded.processes import wait_for_end

ROOT = Path(__file__).resolve().parent.parent.parent
STOP_SECONDS = 60


class State(TypedDict):
    """What a keeper notes once its server answers."""

    keeper: int
    # The variables that lead to the server.
    addresses: dict[str, str]


def users_lock(folder: DataFolder, kind: str) -> Path:
    """Return the lock shared by whoever uses the server."""
    return folder.servers / f"{kind}.users"


def keeper_lock(folder: DataFolder, kind: str) -> Path:
    """Return the lock held by the server's keeper."""
    return folder.servers / f"{kind}.keeper"


def state_file(folder: DataFolder, kind: str) -> Path:
    """Return the file that says where the running server is reached."""
    return folder.servers / f"{kind}.json"


@dataclass
class Use:
    """A share in a running server."""

    folder: DataFolder
    kind: str
    share: FileLock
    # The variables that lead to the server.
    addresses: dict[str, str]
    keeper: int
    process: int

    def is_kept(self) -> bool:
        """Tell whether the server's keeper lives."""
        return is_held_alone(keeper_lock(self.folder, self.kind))

    def give_back(self) -> None:
        """Let go of the server; the last one out has it stopped and waits for that.

        A fork of the process that took the share has nothing to give back.
        """
        if self.process != os.getpid():
            return
        with self.share:
            if self.share.try_take() and self.is_kept():
                os.kill(self.keeper, signal.SIGTERM)
                wait_until_free(keeper_lock(self.folder, self.kind), STOP_SECONDS)
                wait_for_end(self.keeper, STOP_SECONDS)


def use(folder: DataFolder, kind: str, *, fast: bool = False) -> Use:
    """Return a share in the server, which is started if it does not run; `fast` gives up durability.

    CannotStartError says why it does not start.
    """
    share = FileLock(users_lock(folder, kind))
    share.share()
    with one_at_a_time(folder.servers / f"{kind}.starting"):
        state = _running_state(folder, kind)
        if state is None:
            _start_keeper(folder, kind, fast=fast)
            state = _running_state(folder, kind)
    if state is None:
        raise CannotStartError(f"{kind} ended right after its start; see {folder.logs / f'{kind}.log'}.")
    return Use(folder, kind, share, state["addresses"], state["keeper"], os.getpid())


def _running_state(folder: DataFolder, kind: str) -> State | None:
    """Return what the keeper noted; waits for one that is still starting (its starter was killed)."""
    while is_held_alone(keeper_lock(folder, kind)):
        try:
            return cast("State", json.loads(state_file(folder, kind).read_text(encoding="utf-8")))
        except FileNotFoundError:
            time.sleep(0.05)
    return None


def _start_keeper(folder: DataFolder, kind: str, *, fast: bool) -> None:
    """Start the keeper in a session of its own, so that Ctrl-C here does not reach it."""
    state_file(folder, kind).unlink(missing_ok=True)
    command = [sys.executable, "-m", f"prm.embedded.{kind}", str(folder.path), *(["--fast"] if fast else [])]
    with folder.open_log("keeper") as log:
        keeper = subprocess.Popen(  # noqa: S603  (the command is this package's own)
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    with cast("IO[bytes]", keeper.stdout) as keeper_says:
        said = keeper_says.readline()
    word = json.loads(said) if said else {"error": f"its keeper ended; see {folder.logs / 'keeper.log'}."}
    if "error" in word:
        raise CannotStartError(word["error"])
