"""The catalogues: collected from code and templates, checked for French, compiled."""

import gettext
import os
from pathlib import Path
from typing import Any

import pytest

from prm.web import messages

VIEW = """
from django.utils.translation import gettext as _, ngettext, pgettext
title = _("Contacts")
count = ngettext("%(n)s contact", "%(n)s contacts", 2)
tier = pgettext("tier", "Hot")
unknown = _(f"never {title}")
"""
TEMPLATE = """{% load i18n %}<h1>{% translate "Contacts" %}</h1>
    {% blocktranslate trimmed with name=contact.name %}
        Write to {{ name }}
    {% endblocktranslate %}
    {% blocktranslate count n=total %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
    {% translate "Leave" context "quadrant" %}{% translate "100% sure" %}
"""
FRENCH = {
    "Contacts": "Contacts",
    "%(n)s contact": ("%(n)s contact", "%(n)s contacts"),
    "Hot": "Chaud",
    "Write to %(name)s": "Écrire à %(name)s",
    "%(n)s row": ("%(n)s ligne", "%(n)s lignes"),
    "Leave": "Laisser",
    "100%% sure": "Sûr à 100\u202f%%",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with one app and the ground."""
    files = {
        "contacts/views.py": VIEW,
        "contacts/migrations/0001_initial.py": '_("never collected")',
        "templates/contacts/list.html": TEMPLATE,
        "templates/404.html": '{% load i18n %}{% translate "Nothing here" %}',
        "prm/web/views.py": '_("Kept.")',
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return tmp_path


def translate(root: Path, **changes: str) -> None:
    """Fill the catalogue of contacts, with some texts changed."""
    path = messages.catalogue_path("contacts", root)
    catalog = messages._read(path)
    for message in catalog:
        if message.id:
            singular = messages._singular(message)
            found: Any = changes.get(singular, FRENCH[singular])
            message.string = found
    path.write_bytes(messages._write(catalog, prune=False))


def test_it_collects_an_apps_texts_and_no_others(root: Path) -> None:
    texts = {(text.context, *text.ids) for text in messages.collect("contacts", root)}
    assert texts == {
        (None, "Contacts"),
        (None, "%(n)s contact", "%(n)s contacts"),
        ("tier", "Hot"),
        (None, "Write to %(name)s"),
        (None, "%(n)s row", "%(n)s rows"),
        ("quadrant", "Leave"),
        (None, "100%% sure"),
    }


def test_the_ground_has_what_no_app_owns(root: Path) -> None:
    assert {text.ids for text in messages.collect("prm", root)} == {("Kept.",), ("Nothing here",)}


def test_an_update_keeps_translations_and_sets_unused_ones_aside(root: Path) -> None:
    assert messages.update("contacts", root) is True
    translate(root)
    (root / "contacts/views.py").write_text('_("Contacts"); _("Companies")')
    assert messages.update("contacts", root) is True
    text = messages.catalogue_path("contacts", root).read_text("utf-8")
    assert 'msgid "Companies"\nmsgstr ""' in text
    assert '#~ msgctxt "tier"\n#~ msgid "Hot"\n#~ msgstr "Chaud"' in text
    assert messages.update("contacts", root, prune=True) is True
    assert "Chaud" not in messages.catalogue_path("contacts", root).read_text("utf-8")


def test_an_update_without_news_writes_nothing(root: Path) -> None:
    messages.update("contacts", root)
    assert messages.update("contacts", root) is False


def test_a_complete_catalogue_has_no_faults(root: Path) -> None:
    messages.update("contacts", root)
    translate(root)
    assert messages.check("contacts", root) == []


def test_a_check_names_what_is_not_translated_or_not_collected(root: Path) -> None:
    messages.update("contacts", root)
    translate(root, Contacts="")
    (root / "contacts/forms.py").write_text('_("Brand new")')
    assert messages.check("contacts", root) == [
        "contacts/forms.py: not in the catalogue (run update): 'Brand new'",
        "contacts/views.py: not translated: 'Contacts'",
    ]


def test_a_check_finds_a_placeholder_that_went_missing(root: Path) -> None:
    messages.update("contacts", root)
    translate(root, **{"Write to %(name)s": "Écrire à %(nom)s"})
    faults = messages.check("contacts", root)
    assert len(faults) == 1
    assert "Write to %(name)s" in faults[0]


def test_a_text_that_two_catalogues_say_in_two_ways_is_found(root: Path) -> None:
    (root / "templates/scoring").mkdir()
    (root / "templates/scoring/queue.html").write_text('{% load i18n %}{% translate "Back" %}', "utf-8")
    (root / "prm/web/views.py").write_text('_("Back")', "utf-8")
    for name, string in (("scoring", "Retour"), ("prm", "Revenir")):
        messages.update(name, root)
        path = messages.catalogue_path(name, root)
        path.write_text(path.read_text("utf-8").replace('msgid "Back"\nmsgstr ""', f'msgid "Back"\nmsgstr "{string}"'))
    assert messages.clashes(root) == ["prm: scoring says 'Retour' for 'Back', not 'Revenir'"]


def test_the_products_catalogues_agree() -> None:
    assert messages.clashes() == []


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ("Source\u202f: import", True),
        ("Source : import", False),
        ("Source: import", False),
        ("Source\u00a0: import", False),
        ("%(a)s: b", False),
        ("Ouvert à 10:30", True),
        ("Vraiment\u202f?!", True),
        ("l’étape", True),
        ("l'étape", False),
        ("«\u202fchaud\u202f»", True),
        ("« chaud »", False),
        ('"chaud"', False),
        ('<a href="https://exemple.fr/?a=1">ici</a>', True),
        ("La suite...", False),
    ],
)
def test_french_typography_is_checked(text: str, *, is_good: bool) -> None:
    assert (messages.typography_faults(text) == []) is is_good


def test_compiling_writes_only_what_is_older(root: Path) -> None:
    messages.update("contacts", root)
    translate(root)
    assert messages.compile_catalogue("contacts", root) is True
    assert messages.compile_catalogue("contacts", root) is False
    path = messages.catalogue_path("contacts", root)
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 10**9))
    assert messages.compile_all(root) == 1


def test_contexts_and_plurals_survive_compilation(root: Path) -> None:
    messages.update("contacts", root)
    translate(root)
    messages.compile_catalogue("contacts", root)
    with messages.catalogue_path("contacts", root).with_suffix(".mo").open("rb") as file:
        french = gettext.GNUTranslations(file)
    assert french.pgettext("tier", "Hot") == "Chaud"
    assert [french.ngettext("%(n)s row", "%(n)s rows", n) for n in (0, 1, 2)] == [
        "%(n)s ligne",
        "%(n)s ligne",
        "%(n)s lignes",
    ]


def test_the_command_says_what_is_wrong_by_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert messages.main(["dance"]) == 2
    assert "update" in capsys.readouterr().out


@pytest.mark.parametrize("name", [*messages.APPS, messages.GROUND])
def test_the_products_catalogues_are_complete(name: str) -> None:
    assert messages.check(name) == []
