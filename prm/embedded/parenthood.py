"""Children that do not outlive their parent, even one that is killed with -9."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
# Looked up before any fork: between fork and exec there is no room for loading libraries.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def dying_with_parent(signal_number: signal.Signals) -> Callable[[], None] | None:
    """Return what a new child runs before its program, so that the kernel signals it when its parent dies.

    Only Linux offers this. The parent is the *thread* that starts the child: start them from the main one.
    """
    libc, parent = _libc, os.getpid()
    if libc is None:
        return None

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return ask


def end_with_parent() -> None:
    """Have ourselves stopped (SIGTERM) when the process that started us dies."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
