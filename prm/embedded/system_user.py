"""Under which system account PostgreSQL runs: it refuses root, so root lends it another one."""

import os
import pwd
import stat
from pathlib import Path

from prm.embedded.problem import CannotStartError
from prm.embedded.processes import run_program

ACCOUNT = "embedded_postgres"


def server_account(data: Path) -> pwd.struct_passwd | None:
    """Return the account to run the server as, or None for the current one.

    Data that exist already stay with their owner, so that a run as root can use what a plain user made.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return pwd.getpwuid(owner)
    return _find(ACCOUNT) or _create() or _nobody()


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create() -> pwd.struct_passwd | None:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
    try:
        run_program(command)
    except FileNotFoundError:
        return None
    return _find(ACCOUNT)


def _nobody() -> pwd.struct_passwd:
    nobody = _find("nobody")
    if nobody is None:
        raise CannotStartError(
            f"PostgreSQL refuses to run as root and no account {ACCOUNT!r} could be created for it. "
            "Create one, or run PRM as a plain user."
        )
    return nobody


def others_may_enter(path: Path) -> bool:
    """Tell whether every account of this machine can reach the folder."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in [path.resolve(), *path.resolve().parents])
