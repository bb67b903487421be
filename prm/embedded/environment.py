"""Where the servers are: those the environment names, or the embedded ones.

Everything that reads Django's settings comes through here first: manage.py, wsgi.py, celery.py and the tests.
"""

import atexit
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import environ

from prm.embedded.folder import DataFolder, derived_password
from prm.embedded.locks import FileLock
from prm.embedded.postgres import APPLICATION
from prm.embedded.postgres_programs import wheel_programs
from prm.embedded.problem import CannotStartError
from prm.embedded.servers import ROOT, Use, use
from prm.embedded.valkey import DATABASES
from prm.organisations.roles import ensure_application_role

# Commands that change or replace tables, or look at how they are made.
OWNER_COMMANDS = {
    "flush",
    "load_sirene",
    "makemigrations",
    "migrate",
    "optimizemigration",
    "prepare_database",
    "showmigrations",
    "sqlflush",
    "sqlmigrate",
    "sqlsequencereset",
    "squashmigrations",
}

_in_use: list[Use] = []
# Held until the process ends.
_test_slots: list[FileLock] = []


def prepare_environment() -> None:
    """Set what the settings need and the environment does not say, for as long as this process lives."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings")
    read_dotenv()
    wanted = _missing_servers()
    embedded = bool(wanted) or os.environ.get("PRM_EMBEDDED") == "1"
    if embedded:
        folder = DataFolder.opened(data_path())
        _use(folder, wanted)
        os.environ.setdefault("EMAIL_URL", f"smtp://127.0.0.1:{folder.port('mail', usable=False)}")
    _set_secret_key(embedded=embedded)
    _derive_application_url()


@contextmanager
def prepared_environment(argv: list[str]) -> Iterator[None]:
    """Prepare for one management command: as the owner of the tables where it is about them.

    `--owner` anywhere in the command line asks for the owner, and is taken out.
    """
    command = argv[1] if len(argv) > 1 else ""
    if "--owner" in argv:
        argv.remove("--owner")
        os.environ["PRM_DATABASE_ROLE"] = "owner"
    elif command in OWNER_COMMANDS:
        os.environ.setdefault("PRM_DATABASE_ROLE", "owner")
    if command == "dbshell" and (programs := wheel_programs()) is not None:
        os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{programs}"
    try:
        prepare_environment()
    except CannotStartError as error:
        sys.exit(f"PRM cannot start: {error}")
    try:
        yield
    finally:
        give_back_servers()


def prepare_test_environment() -> None:
    """Point a test process at servers for tests, started if need be and shared by all test processes.

    Each process has a Redis database and a data folder of its own (a slot).
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prm.settings")
    os.environ.setdefault("SECRET_KEY", "only for tests")
    # Processes that pytest-xdist starts inherit what this function set in the first one.
    if "PRM_TEST_DATA_DIR" not in os.environ:
        os.environ["PRM_TEST_DATA_DIR"] = str(DataFolder.opened(data_path()).path / "test")
    root = DataFolder.opened(Path(os.environ["PRM_TEST_DATA_DIR"]))
    embedded = os.environ.setdefault("PRM_TEST_EMBEDDED", ",".join(_missing_servers())).split(",")
    for name in _NAMES:
        if name in embedded:
            for variable in _VARIABLES[name]:
                os.environ.pop(variable, None)
    _use(root, [name for name in _NAMES if name in embedded], fast=True)
    _derive_application_url()
    if "postgres" not in embedded:
        ensure_application_role(os.environ["DATABASE_URL"], os.environ["DATABASE_APP_URL"])
    slot = _take_slot(root, DATABASES if "valkey" in embedded else 16)
    os.environ["REDIS_URL"] = urlunsplit(urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{slot}"))
    os.environ["PRM_DATA_DIR"] = str(DataFolder.opened(root.path / f"slot-{slot}").path)


def give_back_servers() -> None:
    """Let go of the embedded servers; the last user has them stopped."""
    while _in_use:
        _in_use.pop().give_back()


def servers_in_use() -> list[Use]:
    """Return this process's shares in embedded servers."""
    return list(_in_use)


def take_lost_servers_again() -> bool:
    """Have servers started again whose keeper died; return whether one is now reached elsewhere."""
    moved = False
    for position, lost in enumerate(_in_use):
        if not lost.is_kept():
            lost.share.close()
            _in_use[position] = again = use(lost.folder, lost.kind)
            os.environ.update(again.addresses)
            moved = moved or again.addresses != lost.addresses
    return moved


def data_path() -> Path:
    """Return the data folder's place."""
    return Path(os.environ.get("PRM_DATA_DIR") or ROOT / ".prm").expanduser().absolute()


def read_dotenv() -> None:
    """Take from .env what the environment does not say itself."""
    if (ROOT / ".env").is_file():
        environ.Env.read_env(str(ROOT / ".env"))


_NAMES = ("postgres", "valkey")
_VARIABLES = {"postgres": ("DATABASE_URL", "DATABASE_APP_URL"), "valkey": ("REDIS_URL",)}


def _missing_servers() -> list[str]:
    """Return the servers no variable leads to."""
    return [name for name in _NAMES if not any(os.environ.get(variable) for variable in _VARIABLES[name])]


def _use(folder: DataFolder, names: list[str], *, fast: bool = False) -> None:
    if not names:
        return
    if not _in_use:
        atexit.register(give_back_servers)
    for name in names:
        share = use(folder, name, fast=fast)
        _in_use.append(share)
        os.environ.update(share.addresses)


def _set_secret_key(*, embedded: bool) -> None:
    if os.environ.get("SECRET_KEY"):
        return
    if not embedded and not (data_path() / "secret_key").exists():
        raise CannotStartError("SECRET_KEY is not set. Set it to a long random text, the same for every process.")
    os.environ["SECRET_KEY"] = DataFolder.opened(data_path()).secret_key()


def _derive_application_url() -> None:
    """Lead the application to the owner's database as its own plain role."""
    if os.environ.get("DATABASE_APP_URL"):
        return
    owner = urlsplit(os.environ["DATABASE_URL"])
    password = derived_password(os.environ["SECRET_KEY"], APPLICATION)
    server = owner.netloc.rpartition("@")[2]
    os.environ["DATABASE_APP_URL"] = urlunsplit(owner._replace(netloc=f"{APPLICATION}:{password}@{server}"))


def _take_slot(root: DataFolder, slots: int) -> int:
    for slot in range(slots):
        lock = FileLock(root.servers / f"slot-{slot}")
        if lock.try_take():
            _test_slots.append(lock)
            return slot
        lock.close()
    raise CannotStartError(f"{slots} test processes run already.")
