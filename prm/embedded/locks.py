"""File locks that vanish with the process that holds them, however it ends (flock)."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from prm.embedded.problem import CannotStartError


class FileLock:
    """One open lock file; the lock lasts until `close`, or until the process and its forks are gone."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("a+", encoding="utf-8")
        except OSError as error:
            raise CannotStartError(
                f"the lock file {path} cannot be opened ({error.strerror}). A run as another user may have left it: "
                "give the folder back to yourself with chown, or choose another one with PRM_DATA_DIR."
            ) from error

    def share(self) -> None:
        """Hold it together with others; waits while somebody holds it alone."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def take(self) -> None:
        """Hold it alone; waits for everybody else."""
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def try_share(self) -> bool:
        """Hold it together with others, unless somebody holds it alone."""
        return self._try(fcntl.LOCK_SH)

    def try_take(self) -> bool:
        """Hold it alone if nobody else holds it. A share held before may be lost when this returns False."""
        return self._try(fcntl.LOCK_EX)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def read(self) -> str:
        """Return what the last holder noted."""
        self._file.seek(0)
        return self._file.read()

    def note(self, text: str) -> None:
        """Leave a word for whoever finds the lock taken."""
        self._file.truncate(0)
        self._file.write(text)
        self._file.flush()

    def close(self) -> None:
        """Let go."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


def is_held_alone(path: Path) -> bool:
    """Tell whether some process holds this lock alone right now."""
    if not path.exists():
        return False
    with FileLock(path) as lock:
        return not lock.try_share()


def wait_until_free(path: Path, seconds: float) -> bool:
    """Wait until nobody holds the lock alone; return whether that happened in time."""
    deadline = time.monotonic() + seconds
    while is_held_alone(path):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Let one process at a time through."""
    with FileLock(path) as lock:
        lock.take()
        yield
