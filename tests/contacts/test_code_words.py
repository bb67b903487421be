"""INSEE's codes in words."""

import pytest
from django.template import Context, Template
from django.utils import translation

from contacts.codes import words


@pytest.mark.parametrize(
    ("said", "french", "english"),
    [
        (words.headcount_words("12", "fr"), "20 à 49 salariés", None),
        (words.headcount_words("12", "en"), None, "20 to 49 employees"),
        (words.headcount_words("42", "fr"), "1\u202f000 à 1\u202f999 salariés", None),
        (words.headcount_words("NN", "en"), None, "No employee, or headcount unknown"),
        (words.legal_form_words("5710", "fr"), "Société par actions simplifiée (SAS)", None),
        (words.legal_form_words("5710", "en-gb"), None, "Simplified joint-stock company (SAS)"),
        # No English for every form: its family's, and the State's own words.
        (
            words.legal_form_words("5505", "en"),
            None,
            "Public limited company (SA) with a board of directors"
            " (SA à participation ouvrière à conseil d’administration)",
        ),
        (words.legal_form_words("54", "en"), None, "Limited liability company (SARL)"),
        # Unknown to the list: its family.
        (words.legal_form_words("5799", "fr"), "Société par actions simplifiée", None),
        (words.naf_words("62.01Z", "fr"), "Programmation informatique", None),
        (
            words.naf_words("6201z", "en"),
            None,
            "Computer programming, consultancy and related activities (Programmation informatique)",
        ),
        (words.naf_words("62.10Y", "fr"), "Activités de programmation informatique", None),
        (words.naf_words("62", "en"), None, "Computer programming, consultancy and related activities"),
        (words.naf_words("51.4A", "fr"), "Commerce de gros de textiles", None),
        (words.naf_section_words("J", "en"), None, "Information and communication"),
        (words.category_words("ETI", "fr"), "Entreprise de taille intermédiaire", None),
        (words.department_words("2A"), "Corse-du-Sud", None),
        (words.department_words("974"), "La Réunion", None),
    ],
)
def test_codes_are_said_in_words(said: str, french: str | None, english: str | None) -> None:
    assert said == (french or english)


@pytest.mark.parametrize("code", ["99.99Q", "Z9", "", None])
def test_what_no_list_knows_is_shown_as_it_is(code: str | None) -> None:
    shown = code or ""
    assert words.naf_words(code) == shown
    assert words.headcount_words(code) == shown
    assert words.department_words(code) == shown


@pytest.mark.parametrize(
    ("code", "nomenclature"),
    [
        ("62.01Z", "naf2"),
        ("6201Z", "naf2"),
        ("62.10Y", "naf2025"),
        ("51.4A", "naf1"),
        ("01.00", "nap"),
        ("X", ""),
        ("", ""),
    ],
)
def test_the_format_tells_the_nomenclature(code: str, nomenclature: str) -> None:
    assert words.naf_nomenclature(code) == nomenclature


def test_the_lists_are_whole() -> None:
    assert len(words.facts("naf_rev2")) == 732
    assert len(words.facts("naf_2025")) == 747
    assert len(words.legal_form_choices("fr")) == 260
    assert len(words.naf_division_choices("en")) == 88
    assert len(words.department_choices()) == 109
    assert [code for code, _words in words.headcount_choices("fr")][:3] == ["NN", "00", "01"]
    assert {words.naf_nomenclature(code) for code in words.facts("naf_rev2")} == {"naf2"}
    assert {words.naf_nomenclature(code) for code in words.facts("naf_2025")} == {"naf2025"}


def test_french_labels_have_no_straight_apostrophe() -> None:
    for name in ("naf_rev2", "naf_2025", "naf_rev1", "legal_forms", "departments", "naf_rev2_divisions"):
        for label in words.facts(name).values():
            assert "'" not in (label if isinstance(label, str) else label["fr"])


def test_templates_say_codes_in_the_readers_language() -> None:
    template = Template("{% load codes %}{{ c|headcount }} / {{ n|naf }} / {{ f|legal_form }} / {{ d|department }}")
    context = Context({"c": "01", "n": "62.01Z", "f": "9220", "d": "44"})
    with translation.override("en"):
        assert template.render(context) == (
            "1 or 2 employees / Computer programming, consultancy and related activities"
            ' (<span lang="fr">Programmation informatique</span>) / Registered association / Loire-Atlantique'
        )
        # INSEE has no English for NAF 2025: French words say that they are French.
        assert Template("{% load codes %}{{ n|naf }}").render(Context({"n": "62.10Y"})) == (
            '<span lang="fr">Activités de programmation informatique</span>'
        )
        assert Template("{% load codes %}{{ n|naf }}").render(Context({"n": "<b>"})) == "&lt;B&gt;"
    with translation.override("fr"):
        assert template.render(context).startswith("1 ou 2 salariés / Programmation informatique / ")
