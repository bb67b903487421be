"""docker-compose.yml, Dockerfile and .env.example say nothing that the product does not read."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from prm.embedded.servers import ROOT

READERS = [ROOT / "prm" / "settings.py", *sorted((ROOT / "prm" / "embedded").glob("*.py"))]
# Read by Python and the shell in the image.
OF_THE_IMAGE = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
# Set by the product itself, for processes it starts.
INTERNAL = {
    *("PRM_DATABASE_ROLE", "PRM_EMBEDDED", "PRM_TEST_DATA_DIR", "PRM_TEST_EMBEDDED", "DJANGO_SETTINGS_MODULE"),
    # Tests alone ask websites on loopback, by names of their own.
    *("WEBSITES_LOOPBACK_PORT", "WEBSITES_NAMESERVER"),
}
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+")


def names_read() -> set[str]:
    """Return the variables of PRM's own that the settings and the embedded run read."""
    return {name for path in READERS for name in _names_in(ast.parse(path.read_text()))} - OF_THE_IMAGE


def _names_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and re.match(r"env\.|os\.environ\.", ast.unparse(node.func)):
            yield from _constants(node.args[0])
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            yield from _constants(node.slice)


def _constants(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and VARIABLE.fullmatch(part.value):
            yield part.value


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))


@pytest.fixture(scope="module")
def documented() -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def ours(compose: dict[str, Any]) -> dict[str, Any]:
    return {name: service for name, service in compose["services"].items() if service["image"] == "prm"}


def test_the_settings_are_found_to_read_what_they_do() -> None:
    assert {"SECRET_KEY", "DATABASE_URL", "DATABASE_APP_URL", "REDIS_URL", "EMAIL_URL", "PORT"} <= names_read()


def test_the_stack_is_web_workers_beat_postgresql_18_and_valkey(compose: dict[str, Any]) -> None:
    assert set(ours(compose)) == {"migrate", "web", "worker", "worker-bulk", "beat"}
    assert compose["services"]["postgres"]["image"] == "postgres:18"
    assert compose["services"]["valkey"]["image"] == "valkey/valkey:9"
    queues = [ours(compose)[name]["command"] for name in ("worker", "worker-bulk")]
    assert [command[command.index("--queues") + 1] for command in queues] == ["react,mail", "bulk"]


def test_every_variable_a_service_sets_is_one_the_settings_read(compose: dict[str, Any]) -> None:
    for service in ours(compose).values():
        assert set(service["environment"]) - names_read() == set()


def test_every_variable_the_stack_asks_for_is_documented(compose: dict[str, Any], documented: set[str]) -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked - documented == set()


def test_every_documented_variable_is_read_and_every_one_read_is_documented(documented: set[str]) -> None:
    only_for_compose = {"POSTGRES_PASSWORD", "APP_PASSWORD"}
    assert documented - names_read() == only_for_compose
    assert names_read() - INTERNAL - documented == set()


def test_only_the_migration_knows_the_owner_of_the_tables(compose: dict[str, Any]) -> None:
    knowing = [name for name, service in ours(compose).items() if "DATABASE_URL" in service["environment"]]
    assert knowing == ["migrate"]


def test_the_image_sets_only_what_is_read() -> None:
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("ENV ")]
    names = {name for line in lines for name in re.findall(r"\b([A-Z][A-Z_]+)=", line)}
    assert names - names_read() == OF_THE_IMAGE
    assert "PRM_DATA_DIR" in names


def test_no_value_in_the_example_is_in_force(documented: set[str]) -> None:
    in_force = [line for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")]
    assert in_force == []
    assert len(documented) > 20
