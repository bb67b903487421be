"""What the application's plain role may do in the database."""

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

# The owner's tables and views. Partitions are left out: who reads one directly goes round the policies of its
# parent. So are the rights PostgreSQL would give by default to tables made later, which include partitions.
TABLES = """
    SELECT relname, relispartition FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
      AND pg_has_role(relowner, 'USAGE')
      AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid
                      AND deptype = 'e')
    ORDER BY relname
"""
FUNCTIONS = """
    SELECT oid::regprocedure::text FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND pg_has_role(proowner, 'USAGE') AND prokind IN ('f', 'p')
      AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid
                      AND deptype = 'e')
    ORDER BY 1
"""
# Only migrations write here.
READ_ONLY = {"django_migrations"}
# Schemas of public data: the application reads them, their loader writes as the owner. They know no organisation.
READ_ONLY_SCHEMAS = ("directory",)
# Rows here stay as they were written, but for this column: it loses people who are deleted.
APPEND_ONLY = {"organisations_auditentry": "actor_id"}


def grant_to_application_role(connection: BaseDatabaseWrapper) -> None:
    """Let the plain role read and write every table, but own, change or empty none. Run as the owner."""
    role = sql.Identifier(settings.DATABASE_APP_ROLE)
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        relations = cursor.fetchall()
        cursor.execute(FUNCTIONS)
        functions = [sql.SQL(signature) for (signature,) in cursor.fetchall()]
        partitions = [sql.Identifier(name) for name, is_partition in relations if is_partition]
        tables = [name for name, is_partition in relations if not is_partition]
        read = [sql.Identifier(name) for name in tables]
        write = [sql.Identifier(name) for name in tables if name not in READ_ONLY | APPEND_ONLY.keys()]
        for text, objects in (
            ("GRANT CONNECT ON DATABASE {objects} TO {role}", [sql.Identifier(connection.settings_dict["NAME"])]),
            ("GRANT USAGE ON SCHEMA {objects} TO {role}", [sql.Identifier("public")]),
            ("REVOKE ALL ON {objects} FROM {role}", partitions),
            ("GRANT SELECT ON {objects} TO {role}", read),
            ("GRANT INSERT, UPDATE, DELETE ON {objects} TO {role}", write),
            ("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {objects} TO {role}", [sql.Identifier("public")]),
            ("REVOKE EXECUTE ON ROUTINE {objects} FROM PUBLIC", functions),
            ("GRANT EXECUTE ON ROUTINE {objects} TO {role}", functions),
        ):
            if objects:
                cursor.execute(sql.SQL(text).format(objects=sql.SQL(", ").join(objects), role=role))
        for table, column in APPEND_ONLY.items():
            if table in tables:
                names = {"table": sql.Identifier(table), "column": sql.Identifier(column), "role": role}
                cursor.execute(sql.SQL("REVOKE UPDATE, DELETE ON {table} FROM {role}").format(**names))
                cursor.execute(sql.SQL("GRANT INSERT, UPDATE ({column}) ON {table} TO {role}").format(**names))
    for schema in READ_ONLY_SCHEMAS:
        grant_reading(connection, schema)


def grant_reading(connection: BaseDatabaseWrapper, schema: str) -> None:
    """Let the plain role read every table of a schema, if there is such a schema, and do nothing else there."""
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(settings.DATABASE_APP_ROLE)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema])
        if cursor.fetchone():
            cursor.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}").format(**names))
            cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(**names))
            cursor.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}").format(**names))
