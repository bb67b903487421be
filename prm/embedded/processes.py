"""Processes: started, stopped step by step, and what is known of those somebody else started."""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from prm.embedded.parenthood import dying_with_parent


class Process:
    """A child in a session of its own: Ctrl-C in the terminal does not reach it, our end does."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: IO[bytes],
        at_our_end: signal.Signals,
        folder: str | Path = "/",
        environment: Mapping[str, str] | None = None,
        account: pwd.struct_passwd | None = None,
        says: str = "",
    ) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (the command is this package's own)
            command,
            stdin=subprocess.PIPE if says else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=environment,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            start_new_session=True,
            preexec_fn=dying_with_parent(at_our_end),  # noqa: PLW1509  (no threads here)
        )
        if self._process.stdin is not None:
            with self._process.stdin as stdin:
                stdin.write(says.encode())

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended, None while it lives."""
        return self._process.poll()

    def is_running(self) -> bool:
        """Tell whether it lives."""
        return self._process.poll() is None

    def stop(self, steps: Sequence[tuple[signal.Signals, float]]) -> None:
        """Send the first signal and wait its seconds, then the next one, until the process has ended."""
        for signal_number, seconds in steps:
            if self._process.poll() is not None:
                return
            self.send(signal_number)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue

    def send(self, signal_number: signal.Signals) -> None:
        """Send a signal; SIGKILL goes to its own children too."""
        if signal_number != signal.SIGKILL:
            self._process.send_signal(signal_number)
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def command_of(pid: int) -> str:
    """Return the command line of a process, empty when there is none by that number."""
    proc = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return proc.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return run_program(["ps", "-o", "command=", "-p", str(pid)]).stdout.strip()


def run_program(
    command: Sequence[str], *, account: pwd.struct_passwd | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a short program to its end; FileNotFoundError where there is none by that name."""
    return subprocess.run(  # noqa: S603  (the command is this package's own)
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def wait_for_end(pid: int, seconds: float) -> bool:
    """Wait for a process that is not our child; return whether it ended in time."""
    deadline = time.monotonic() + seconds
    while _exists(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return command_of(pid) != ""  # empty: ended, and its parent has not looked yet


def tail_since(path: Path, offset: int = 0, *, lines: int = 15) -> str:
    """Return the last lines of a log, none from before the offset."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(offset)
        return "\n".join(log.read().decode(errors="replace").strip().split("\n")[-lines:])
