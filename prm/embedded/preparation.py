"""What must be true before the processes start: roles, tables, static files. Quick when it is true already.

`python -m prm.embedded.preparation`, run by the supervisor as the owner of the tables.
"""

import hashlib
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def main() -> int:
    """Bring everything up to date; an error is said in words."""
    django.setup()
    try:
        call_command("prepare_database", verbosity=0)
        if has_unapplied_migrations():
            call_command("migrate", interactive=False, verbosity=1)
        collect_static_files()
    except CommandError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def has_unapplied_migrations() -> bool:
    """Tell whether the database lacks a migration."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def collect_static_files() -> None:
    """Collect static files anew when any of them changed."""
    note = Path(settings.PRM_DATA_DIR) / "static.fingerprint"
    found = _fingerprint()
    if note.exists() and note.read_text(encoding="utf-8") == found and Path(settings.STATIC_ROOT).exists():
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    note.write_text(found, encoding="utf-8")


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            file = Path(storage.path(name)).stat()
            digest.update(f"{name} {file.st_size} {file.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
