"""What PostgreSQL's catalogue says of the tables that hold organisations' rows."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Table:
    """One table with an organisation_id; partitions are tables of their own."""

    name: str
    is_partition: bool
    is_enabled: bool
    is_forced: bool


@dataclass(frozen=True)
class Reference:
    """One foreign key between two such tables."""

    name: str
    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]

    @property
    def column(self) -> str:
        """The column that refers, beside organisation_id."""
        return next(column for column in self.columns if column != "organisation_id")


def tenant_tables() -> list[Table]:
    """Return every table of the schema with an organisation_id."""
    return [
        Table(*row)
        for row in _rows(
            "SELECT c.relname, c.relispartition, c.relrowsecurity, c.relforcerowsecurity"
            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
            " AND a.attname = 'organisation_id' AND NOT a.attisdropped ORDER BY c.relname"
        )
    ]


def shared_tables() -> list[str]:
    """Return every table, of any schema, without an organisation_id."""
    return [
        name
        for (name,) in _rows(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
            " AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organisation_id'"
            " AND NOT a.attisdropped) ORDER BY 1"
        )
    ]


def references() -> list[Reference]:
    """Return every foreign key that leads to a table with an organisation_id."""
    return [
        Reference(name, table, tuple(columns), target, tuple(target_columns))
        for name, table, columns, target, target_columns in _rows(
            "SELECT k.conname, k.conrelid::regclass::text,"
            " (SELECT array_agg(attname ORDER BY place) FROM unnest(k.conkey) WITH ORDINALITY AS n(number, place)"
            "  JOIN pg_attribute ON attrelid = k.conrelid AND attnum = number)::text[],"
            " k.confrelid::regclass::text,"
            " (SELECT array_agg(attname ORDER BY place) FROM unnest(k.confkey) WITH ORDINALITY AS n(number, place)"
            "  JOIN pg_attribute ON attrelid = k.confrelid AND attnum = number)::text[]"
            " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
            " WHERE k.contype = 'f' AND NOT c.relispartition AND k.connamespace = 'public'::regnamespace"
            " AND EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = k.confrelid AND attname = 'organisation_id')"
            " ORDER BY 2, 1"
        )
    ]


def _rows(statement: str) -> list[tuple]:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())
