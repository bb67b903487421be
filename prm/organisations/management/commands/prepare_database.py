"""Make a database ready for PRM: the application's plain role and its rights, and the extensions."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.utils import OperationalError, ProgrammingError

from prm.organisations.grants import grant_to_application_role
from prm.organisations.roles import RoleRefusedError, ensure_application_role

EXTENSIONS = ("pg_trgm", "unaccent")


class Command(BaseCommand):
    help = (
        "Create the application's role (DATABASE_APP_URL) with the rights it needs, and the extensions. Run it before "
        "the first `migrate`, as the owner of the tables (DATABASE_URL); it may be run again at any time."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DATABASE_ROLE != "owner":
            raise CommandError("prepare_database works as the owner of the tables: set PRM_DATABASE_ROLE=owner.")
        self._check_owner()
        try:
            changed = ensure_application_role(os.environ["DATABASE_URL"], os.environ["DATABASE_APP_URL"])
        except RoleRefusedError as error:
            raise CommandError(str(error)) from error
        for extension in EXTENSIONS:
            self._create_extension(extension)
        grant_to_application_role(connection)
        if options["verbosity"] > 0:
            done = "can sign in now" if changed else "could sign in already"
            self.stdout.write(f"The role {settings.DATABASE_APP_ROLE} {done} and has its rights.")

    def _check_owner(self) -> None:
        name = connection.settings_dict["NAME"]
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_user, has_schema_privilege('public', 'CREATE')")
                user, may_create = cursor.fetchone()
        except OperationalError as error:
            raise CommandError(f"The database {name!r} cannot be reached: {error}") from error
        if not may_create:
            raise CommandError(
                f"The role {user!r} may not make tables in {name!r}. As an administrator run:\n"
                f"  ALTER DATABASE {name} OWNER TO {user};"
            )
        if user == settings.DATABASE_APP_ROLE:
            raise CommandError(
                "DATABASE_URL and DATABASE_APP_URL name the same role. The application's must be another one, "
                "which owns nothing: leave DATABASE_APP_URL out to have it made."
            )

    def _create_extension(self, name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [name])
            if cursor.fetchone():
                return
            try:
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
            except (ProgrammingError, OperationalError) as error:
                raise CommandError(
                    f"The extension {name} could not be created ({error}). As an administrator run, in "
                    f"{connection.settings_dict['NAME']}:\n  CREATE EXTENSION {name};"
                ) from error
