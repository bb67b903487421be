"""Statements kept in files say what they are for, and are used."""

import re
from pathlib import Path

import pytest
from django.conf import settings

FILES = sorted(
    path
    for path in Path(settings.BASE_DIR).glob("*/sql/*.sql")
    if not any(part.startswith(".") for part in path.relative_to(settings.BASE_DIR).parts)
) + sorted(Path(settings.BASE_DIR).glob("prm/*/sql/*.sql"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
def test_a_statement_says_what_it_is_for_and_what_it_costs(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for word in ("Purpose:", "Parameters:", "Cost:"):
        assert f"-- {word}" in text, f"{path.name} lacks {word}"
    assert "%s" not in text, "parameters have names"
    assert not re.search(r"EXTRACT\s*\([^)]*\)(?!::float8)", text, re.IGNORECASE), "EXTRACT gives numeric: cast it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
def test_a_statement_is_used(path: Path) -> None:
    package = path.parent.parent
    name = path.relative_to(settings.BASE_DIR).as_posix().removesuffix(".sql").replace("/sql/", "/")
    used = any(f'"{name}"' in source.read_text(encoding="utf-8") for source in package.rglob("*.py"))
    assert used, f"nobody runs {name}"
