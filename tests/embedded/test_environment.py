"""What each process finds in its environment, seen from a process of its own."""

import json
import stat
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from prm.embedded import environment
from prm.embedded.folder import DataFolder, derived_password
from prm.embedded.servers import ROOT, use
from tests.embedded.conftest import Python, clean_environment

PREPARE = "from prm.embedded.environment import prepare_environment; import json, os; prepare_environment();"
SHOW = PREPARE + "print(json.dumps(dict(os.environ)))"


def test_named_servers_are_used_and_the_application_role_derived(python: Python, folder: DataFolder) -> None:
    owner = "postgres://owner:p%40ss@db.example:6432/leads?sslmode=require"
    shown = json.loads(python(SHOW, DATABASE_URL=owner, REDIS_URL="redis://r/3", SECRET_KEY="s").stdout)
    password = derived_password("s", "prm_app")
    assert shown["DATABASE_APP_URL"] == f"postgres://prm_app:{password}@db.example:6432/leads?sslmode=require"
    assert (shown["DATABASE_URL"], shown["REDIS_URL"]) == (owner, "redis://r/3")
    assert "EMAIL_URL" not in shown
    assert not (folder.path / "postgres").exists()
    assert not (folder.path / "secret_key").exists()


def test_the_web_process_needs_the_applications_role_only(python: Python, folder: DataFolder) -> None:
    application = "postgres://app:p@db.example/leads"
    shown = json.loads(python(SHOW, DATABASE_APP_URL=application, REDIS_URL="redis://r", SECRET_KEY="s").stdout)
    assert shown["DATABASE_APP_URL"] == application
    assert "DATABASE_URL" not in shown


def test_without_a_secret_real_servers_are_refused_in_words(python: Python) -> None:
    refused = python(SHOW, DATABASE_URL="postgres://o@db/leads", REDIS_URL="redis://r")
    assert "SECRET_KEY is not set" in refused.stderr.splitlines()[-1]


def test_only_the_server_that_is_missing_is_embedded(python: Python, folder: DataFolder) -> None:
    shown = json.loads(python(SHOW, DATABASE_URL="postgres://o:p@db.example/leads").stdout)
    assert shown["DATABASE_URL"] == "postgres://o:p@db.example/leads"
    assert urlsplit(shown["REDIS_URL"]).hostname == "127.0.0.1"
    assert shown["SECRET_KEY"] == folder.secret_key()
    assert urlsplit(shown["EMAIL_URL"]).port == folder.port("mail")
    assert not (folder.path / "postgres").exists()


def test_a_process_finds_the_servers_another_one_started(python: Python, folder: DataFolder) -> None:
    server = use(folder, "valkey")
    shown = json.loads(python(SHOW, DATABASE_URL="postgres://o:p@db.example/leads").stdout)
    assert shown["REDIS_URL"] == server.addresses["REDIS_URL"]
    assert server.is_kept()
    server.give_back()


@pytest.mark.parametrize(
    ("arguments", "role"),
    [
        (["migrate"], "owner"),
        (["prepare_database"], "owner"),
        (["showmigrations", "contacts"], "owner"),
        (["dbshell", "--owner"], "owner"),
        (["dbshell"], "application"),
        (["import_contacts"], "application"),
        ([], "application"),
    ],
)
def test_commands_about_tables_run_as_their_owner(python: Python, arguments: list[str], role: str) -> None:
    code = (
        "import os; from prm.embedded.environment import prepared_environment;"
        f"argv = ['manage.py', *{arguments}];"
        "context = prepared_environment(argv); context.__enter__();"
        "print(os.environ.get('PRM_DATABASE_ROLE', 'application'), '--owner' in argv)"
    )
    shown = python(code, DATABASE_URL="postgres://o:p@db/l", REDIS_URL="redis://r", SECRET_KEY="s")
    assert shown.stdout == f"{role} False\n"


def test_a_command_that_cannot_start_says_one_line() -> None:
    refused = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=clean_environment(PRM_DATA_DIR="/proc/no/such/place"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith("PRM cannot start: the data folder /proc/no/such/place cannot be written to")
    assert refused.stderr.count("\n") == 1


def test_test_processes_share_servers_but_no_redis_database_and_no_folder(python: Python, folder: DataFolder) -> None:
    code = (
        "import json, os, subprocess, sys; from prm.embedded.environment import prepare_test_environment as prepare;"
        "prepare(); names = ('DATABASE_URL', 'REDIS_URL', 'PRM_DATA_DIR', 'PRM_TEST_DATA_DIR');"
        "print(json.dumps({name: os.environ[name] for name in names}), flush=True);"
        "sys.argv[1:] and subprocess.run([sys.executable, '-c', sys.argv[1]])"
    )
    # The second one inherits the first one's environment, as a process of pytest-xdist does.
    shown = python(f"import sys; code = {code!r}; sys.argv = ['-c', code]; exec(code)")
    first, second = [json.loads(line) for line in shown.stdout.splitlines()]
    root = folder.path / "test"
    assert first["PRM_TEST_DATA_DIR"] == second["PRM_TEST_DATA_DIR"] == str(root)
    assert first["DATABASE_URL"] == second["DATABASE_URL"]
    assert first["REDIS_URL"].rpartition("/") == (second["REDIS_URL"].rpartition("/")[0], "/", "0")
    assert second["REDIS_URL"].endswith("/1")
    assert [first["PRM_DATA_DIR"], second["PRM_DATA_DIR"]] == [str(root / "slot-0"), str(root / "slot-1")]


def test_the_data_folder_lets_others_pass_but_not_look(folder: DataFolder) -> None:
    assert stat.S_IMODE(folder.servers.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.mail.stat().st_mode) == 0o700


def test_the_default_data_folder_lies_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRM_DATA_DIR")
    assert environment.data_path() == ROOT / ".prm"
