"""Management commands as an operator runs them, without Django starting anew for each.

One process, started at the first command, is the owner of this test process's database: it has imported the product
and waits. Each command is a fork of it, with streams and an exit code of its own.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.database import ROOT


def owner_environment() -> dict[str, str]:
    """Return the environment in which a command is the owner of this test's database."""
    return {
        **os.environ,
        "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
        "DATABASE_APP_URL": os.environ["TEST_DATABASE_APP_URL"],
        "PRM_DATABASE_ROLE": "owner",
        "LOG_LEVEL": "ERROR",
    }


def manage(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run `manage.py` with these arguments as the owner; return its exit code and what it printed."""
    argv = ["manage.py", *map(str, arguments)]
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        answer = _ask({"argv": argv, "out": str(out), "err": str(err)})
        return subprocess.CompletedProcess(argv, int(answer), out.read_text("utf-8"), err.read_text("utf-8"))


_operators: dict[str, "subprocess.Popen[str]"] = {}


def _ask(command: dict[str, Any]) -> str:
    database = os.environ["TEST_DATABASE_URL"]
    if database not in _operators:
        _operators[database] = operator = subprocess.Popen(
            [sys.executable, "-m", "tests.operating"],
            cwd=ROOT,
            env=owner_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(operator.kill)
    operator = _operators[database]
    assert operator.stdin is not None
    assert operator.stdout is not None
    operator.stdin.write(json.dumps(command) + "\n")
    operator.stdin.flush()
    return operator.stdout.readline()


def _wait_for_commands() -> None:
    """Run each command of standard input in a fork, and answer with its exit code; ends with the input."""
    from django import setup  # noqa: PLC0415  (only this process starts Django by itself)
    from django.core.management import get_commands  # noqa: PLC0415

    setup()
    get_commands()
    for line in sys.stdin:
        command = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(command)
        _child, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(command: dict[str, Any]) -> None:
    """Become this command; never returns."""
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(command[name], os.O_WRONLY | os.O_CREAT), number)
    code = 0
    try:
        sys.argv = command["argv"]
        execute_from_command_line(command["argv"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  (what a program does with an error nobody caught)
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _wait_for_commands()
