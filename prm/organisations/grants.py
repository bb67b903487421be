"""What the application's plain role may do."""

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql


def grant_to_application_role(connection: BaseDatabaseWrapper) -> None:
    """Let the plain role read and write every table, but own, change or empty none."""
    role = sql.Identifier(settings.DATABASE_APP_ROLE)
    with connection.cursor() as cursor:
        for text in (
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
            "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        ):
            cursor.execute(sql.SQL(text).format(role=role))
