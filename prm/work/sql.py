"""Statements kept in `<app>/sql/<name>.sql`: read once, run by name."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

Params = Mapping[str, Any]


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


def _composed(name: str, parts: Mapping[str, str]) -> str:
    text = statement(name)
    for part, sql in parts.items():
        text = text.replace("{" + part + "}", sql)
    return text
