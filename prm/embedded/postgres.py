"""An embedded PostgreSQL on loopback: made, started, watched over and stopped.

Run as a program it is the server's keeper.
"""

import os
import signal
import sys
import time

import psycopg
from psycopg import sql

from prm.embedded.folder import DataFolder
from prm.embedded.keeper import keep
from prm.embedded.postgres_programs import find_programs, make_home
from prm.embedded.problem import CannotStartError
from prm.embedded.processes import Process, command_of, run_program, tail_since, wait_for_end
from prm.embedded.system_user import server_account
from prm.organisations.roles import ensure_application_role

START_SECONDS = 120
ATTEMPTS = 8
DATABASE = OWNER = "prm"
APPLICATION = "prm_app"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # the path of a socket may have 107 bytes, a data folder's may be longer
    "max_connections": "200",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
# Of the machine's memory, within these bounds, for the pages of tables that are read again and again. Taken as it is
# used: a small base takes little.
BUFFERS_SHARE, LEAST_BUFFERS_MB, MOST_BUFFERS_MB = 8, 256, 2048
# A test cluster may be lost with the machine.
FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class PostgresServer:
    """One cluster; the keeper starts and stops it."""

    name = "postgres"

    def __init__(self, folder: DataFolder, fast: bool) -> None:
        self._folder, self._fast = folder, fast
        self._account = server_account(folder.path / "postgres" / "data")
        self._home = make_home(folder, self._account)
        self._data = self._home / "data"
        self._programs = find_programs(self._home, self._account)
        self._process: Process | None = None
        self._port = 0

    def start(self) -> None:
        """Start the server and wait until it answers; recovers by itself from any kind of death."""
        if not (self._data / "PG_VERSION").exists():
            self._make_cluster()
        self._refuse_other_version()
        self._end_leftover()
        for attempt in range(1, ATTEMPTS + 1):
            self._port = self._folder.port("postgres")
            said = self._try_to_start()
            if said is None:
                self._make_roles()
                return
            passing = "could not bind" in said or "Address already in use" in said or "shared memory block" in said
            if not passing or attempt == ATTEMPTS:
                raise CannotStartError(f"PostgreSQL did not start. It said:\n{said}")
            time.sleep(0.5)

    def is_running(self) -> bool:
        """Tell whether the server's process lives."""
        return self._process is not None and self._process.is_running()

    def stop(self) -> None:
        """Disconnect everybody and stop; abort what does not end in time (nothing committed is lost)."""
        if self._process is not None:
            self._process.stop([(signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)])

    def addresses(self) -> dict[str, str]:
        """Return the variables that lead to this server."""
        return {
            "DATABASE_URL": self._url(OWNER, DATABASE),
            "DATABASE_APP_URL": self._url(APPLICATION, DATABASE),
        }

    def _url(self, role: str, database: str) -> str:
        return f"postgres://{role}:{self._folder.password(role)}@127.0.0.1:{self._port}/{database}"

    def _make_cluster(self) -> None:
        password_file = self._home / "password"
        password_file.write_text(self._folder.password("postgres"), encoding="utf-8")
        password_file.chmod(0o600)
        if self._account is not None:
            os.chown(password_file, self._account.pw_uid, self._account.pw_gid)
        command = [
            *(str(self._programs / "initdb"), "--pgdata", str(self._data), "--username", "postgres"),
            *("--auth", "scram-sha-256", "--pwfile", str(password_file), "--encoding", "UTF8"),
            *self._locale(),
        ]
        if self._fast:
            command.append("--no-sync")
        try:
            made = run_program(command, account=self._account)
        finally:
            password_file.unlink()
        if made.returncode != 0:
            raise CannotStartError(f"PostgreSQL's data could not be made. It said:\n{made.stderr.strip()}")

    def _locale(self) -> list[str]:
        """Sort by code point and fold all letters, whatever the machine's locale."""
        if int(self._version()) < 17:
            return ["--locale", "C.UTF-8"]
        return ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]

    def _version(self) -> str:
        said = run_program([str(self._programs / "postgres"), "--version"]).stdout
        return said.split()[2].split(".")[0]

    def _refuse_other_version(self) -> None:
        written_by = (self._data / "PG_VERSION").read_text(encoding="utf-8").strip()
        number = self._version()
        if number != written_by:
            raise CannotStartError(
                f"the data in {self._data} were written by PostgreSQL {written_by}, and this is PostgreSQL {number}. "
                f"Move them over with pg_dump and pg_restore, or set the folder aside to begin anew."
            )

    def _end_leftover(self) -> None:
        """End a server that outlived its keeper; forget one of which only the pid file is left."""
        pid_file = self._data / "postmaster.pid"
        if not pid_file.exists():
            return
        lines = pid_file.read_text(encoding="utf-8").split("\n")
        pid = int(lines[0]) if lines[0].isdigit() else 0
        if pid and str(self._data) in command_of(pid):
            os.kill(pid, signal.SIGINT)
            if not wait_for_end(pid, 30):
                os.kill(pid, signal.SIGQUIT)
                wait_for_end(pid, 10)
        else:
            # PostgreSQL itself would refuse to start if another program had been given that number since.
            pid_file.unlink(missing_ok=True)

    def _try_to_start(self) -> str | None:
        """Return None once the server answers, or what it said before it gave up."""
        buffers = LEAST_BUFFERS_MB if self._fast else buffers_mb()
        own = {"shared_buffers": f"{buffers}MB", "port": str(self._port)}
        settings = SETTINGS | (FAST_SETTINGS if self._fast else {}) | own
        command = [str(self._programs / "postgres"), "-D", str(self._data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self._folder.open_log("postgres") as log:
            begins = log.tell()
            self._process = Process(
                command,
                log=log,
                at_our_end=signal.SIGINT,
                environment={"PATH": os.defpath, "LC_ALL": "C"},
                account=self._account,
            )
        deadline = time.monotonic() + START_SECONDS
        while self._process.is_running():
            if self._answers():
                return None
            if time.monotonic() > deadline:
                self.stop()
                break
            time.sleep(0.05)
        return tail_since(self._folder.logs / "postgres.log", begins)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url("postgres", "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                self.stop()
                raise CannotStartError(
                    f"the key in {self._folder.path / 'secret_key'} does not fit the data in {self._home}: one of them "
                    "was replaced. Put the former key back, or set both aside to begin anew."
                ) from error
            return False
        return True

    def _make_roles(self) -> None:
        with psycopg.connect(self._url("postgres", "postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}").format(
                        sql.Identifier(OWNER), sql.Literal(self._folder.password(OWNER))
                    )
                )
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )
            if self._fast:
                _drop_abandoned_databases(connection)
        ensure_application_role(*self.addresses().values())


def buffers_mb() -> int:
    """Return the megabytes PostgreSQL keeps pages in on this machine."""
    try:
        memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (ValueError, OSError):  # a system that does not say
        return LEAST_BUFFERS_MB
    return min(max(memory_mb // BUFFERS_SHARE, LEAST_BUFFERS_MB), MOST_BUFFERS_MB)


def _drop_abandoned_databases(connection: psycopg.Connection) -> None:
    """Remove what test runs killed half-way left behind; nobody is connected yet."""
    rows = connection.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'prm\_test\_%'").fetchall()
    for (name,) in rows:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


if __name__ == "__main__":
    sys.exit(keep(PostgresServer.name, PostgresServer))
