"""Every template keeps the house's rules: icons exist, nothing is inline, components say what they take."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from prm.web.messages import APPS, ROOT
from prm.web.navigation import MENU

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
ICONS = set(re.findall(r'<symbol id="(\w+)"', (ROOT / "static/img/icons.svg").read_text("utf-8")))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_compiles_and_keeps_the_content_security_policy(path: Path) -> None:
    get_template(name_of(path))
    source = path.read_text("utf-8")
    # E-mails are read outside of the product: their styles have to be inline.
    if "/email/" not in path.as_posix():
        assert not re.search(r"\sstyle=|<style|\son\w+=\"|javascript:", source)
    assert not re.search(r"<script(?![^>]*(\bsrc=|application/json|nonce=))", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_draws_icons_that_exist(path: Path) -> None:
    used = set(re.findall(r'\{% icon "(\w+)"', path.read_text("utf-8")))
    used |= set(re.findall(r'picture="(\w+)"', path.read_text("utf-8")))
    assert used <= ICONS


def test_the_menus_icons_exist() -> None:
    assert {item.icon for section in MENU for item in section.items} <= ICONS


def test_icons_named_in_code_exist() -> None:
    named: set[str] = set()
    for app in (*APPS, "prm"):
        for path in (ROOT / app).rglob("*.py"):
            named |= set(re.findall(r'\bicon="(\w+)"', path.read_text("utf-8")))
    assert named <= ICONS


@pytest.mark.parametrize("path", sorted((ROOT / "templates/components").rglob("*.html")), ids=name_of)
def test_a_component_begins_by_saying_what_it_takes(path: Path) -> None:
    assert path.read_text("utf-8").startswith("{% comment %}\n")


def test_styles_and_scripts_load_nothing_from_elsewhere() -> None:
    for path in [*(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js")]:
        source = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//cdn|@import", source), path.name
