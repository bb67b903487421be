"""Statements kept in `<app>/sql/<name>.sql`: read once, run by name."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import OperationalError, connection, transaction

Params = Mapping[str, Any]


class TooSlow(Exception):
    """A statement took longer than it was given."""


@cache
def statement(name: str) -> str:
    """Return the text of `"app/verb_noun"`; FileNotFoundError stops what would run a missing one."""
    app, _, file = name.rpartition("/")
    return (Path(settings.BASE_DIR) / app / "sql" / f"{file}.sql").read_text(encoding="utf-8")


def run(name: str, params: Params, **parts: str) -> int:
    """Run a statement and return its row count.

    `parts` fill `{name}` places with SQL the code composed itself (never a person's text).
    """
    with connection.cursor() as cursor:
        cursor.execute(_composed(name, parts), params)
        return int(cursor.rowcount)


def fetch(name: str, params: Params, **parts: str) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(_composed(name, parts), params)
        return list(cursor.fetchall())


@contextmanager
def hurried(seconds: float) -> Iterator[None]:
    """Give each statement of the block so many seconds; raise TooSlow if one takes longer. For reads: nothing is kept.

    What the block set is undone with it, this limit first of all, without a statement of its own.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{round(seconds * 1000)}ms"])
            yield
            transaction.set_rollback(True)
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise TooSlow from error
        raise


def _composed(name: str, parts: Mapping[str, str]) -> str:
    text = statement(name)
    for part, sql in parts.items():
        text = text.replace("{" + part + "}", sql)
    return text
