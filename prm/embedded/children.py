"""The processes of the embedded run: started, watched, restarted when they die, stopped in order."""

import re
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from prm.embedded.folder import DataFolder
from prm.embedded.processes import Process, tail_since
from prm.embedded.servers import ROOT

# Seconds after which each signal is sent. Warm: finish what is running; cold: hand it back (Celery's SIGQUIT); the end.
STOP_STEPS = ((0.0, signal.SIGTERM), (20.0, signal.SIGQUIT), (28.0, signal.SIGKILL))
LONGEST_PAUSE_SECONDS = 30.0
# A child that lived so long starts again without a pause.
HEALTHY_SECONDS = 60.0
SHOWN_LINES = 5
ERROR_LINE = re.compile(rb'\[(error|critical)|"level": ?"(error|critical)"|\b(ERROR|CRITICAL)\b|^\w+(\.\w+)*Error: ')


def say(line: str = "") -> None:
    """Tell the person at the terminal, who may have closed it."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except OSError:
        pass


@dataclass
class Child:
    """One process that is meant to run until we stop."""

    name: str
    command: Sequence[str]
    folder: DataFolder
    environment: Mapping[str, str]
    process: Process | None = None
    failures: int = 0
    started_at: float = 0.0
    start_again_at: float | None = None
    _shown_up_to: int = field(default=0, init=False)

    def start(self) -> None:
        """Start the process; its log goes on where it was."""
        self.start_again_at = None
        self.started_at = time.monotonic()
        with self.folder.open_log(self.name) as log:
            self._shown_up_to = log.tell()
            self.process = Process(
                self.command, log=log, at_our_end=signal.SIGTERM, folder=ROOT, environment=self.environment
            )

    def is_running(self) -> bool:
        """Tell whether it lives."""
        return self.process is not None and self.process.is_running()

    def look_after(self) -> None:
        """Show new errors of its log; start it again when it died, later and later if it keeps dying."""
        self._show_errors()
        if self.is_running():
            return
        now = time.monotonic()
        if self.start_again_at is None:
            self.failures = 1 if now - self.started_at > HEALTHY_SECONDS else self.failures + 1
            pause = min(LONGEST_PAUSE_SECONDS, 2.0 ** (self.failures - 1)) if self.failures > 1 else 0.0
            self.start_again_at = now + pause
            when = f" in {pause:.0f} s" if pause else ""
            say(f"! {self.name} ended by itself ({self.ending()}); it starts again{when}.")
        if now >= self.start_again_at:
            self.start()

    def ending(self) -> str:
        """Return how it ended, in words."""
        code = self.process.returncode if self.process else None
        return f"killed by {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"

    def last_words(self) -> str:
        """Return the end of what it said since its start."""
        return tail_since(self.folder.logs / f"{self.name}.log", self._shown_up_to)

    def _show_errors(self) -> None:
        path = self.folder.logs / f"{self.name}.log"
        if not path.exists():
            return
        with path.open("rb") as log:
            log.seek(self._shown_up_to)
            lines = log.read().split(b"\n")[:-1]  # the last one may be still being written
        self._shown_up_to += sum(len(line) + 1 for line in lines)
        errors = [line for line in lines if ERROR_LINE.search(line)]
        for line in errors[:SHOWN_LINES]:
            say(f"! {self.name}: {line.decode(errors='replace').strip()[:300]}")
        if len(errors) > SHOWN_LINES:
            say(f"! {self.name}: and {len(errors) - SHOWN_LINES} more errors, see {path}")


def stop_together(children: Sequence[Child], *, at_once: Callable[[], bool]) -> None:
    """Stop them all and wait for the last; `at_once` is asked all the while whether to wait no longer."""
    began = time.monotonic()
    steps = list(STOP_STEPS)
    while running := [child.process for child in children if child.process and child.process.is_running()]:
        if at_once():
            steps = [(0.0, signal.SIGKILL)]
        while steps and time.monotonic() - began >= steps[0][0]:
            _, number = steps.pop(0)
            for process in running:
                process.send(number)
        time.sleep(0.05)
