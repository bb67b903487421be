"""Tags and filters, as templates use them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.http import HttpRequest
from django.template import RequestContext, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from prm.organisations.models import Organisation


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def render(source: str, path: str = "/", **context: Any) -> str:
    request: HttpRequest = RequestFactory().get(path)
    request.organisation = Organisation(slug="solvane", name="Solvane")  # type: ignore[attr-defined]
    return Template(source).render(RequestContext(request, context)).strip()


def test_an_icon_is_drawn_from_the_sprite_and_hidden_from_screen_readers() -> None:
    assert render('{% icon "mail" "lg" %}') == (
        '<svg class="i lg" aria-hidden="true"><use href="/static/img/icons.svg#mail"/></svg>'
    )


def test_addresses_stay_in_the_organisation() -> None:
    assert render('{% org_url "web:job" 12 %}') == "/o/solvane/jobs/12/"


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ('{% qs sort="-score" %}', "?stage=mql&amp;tag=a&amp;tag=b&amp;sort=-score"),
        ("{% qs stage=None %}", "?tag=a&amp;tag=b"),
        ('{% qs cursor="xyz" %}', "?stage=mql&amp;tag=a&amp;tag=b&amp;cursor=xyz"),
        ('{% qs_without "tag" "a" %}', "?stage=mql&amp;tag=b"),
        ('{% qs_without "tag" %}', "?stage=mql"),
    ],
)
def test_a_changed_query_starts_at_the_first_page(source: str, wanted: str) -> None:
    assert render(source, "/?stage=mql&tag=a&tag=b&cursor=abc") == wanted


def test_filters_write_figures() -> None:
    source = "{{ n|figure }} {{ d|signed }} {{ p|percent }} {{ r|ratio:0 }} {{ s|points:'+' }} {{ c|money }}"
    assert render(source, n=1234, d=-2, p=12.4, r=0.71, s=10, c=15200) == "1,234 −2 12.4% 71% +10\u202fpts €152"


def test_a_moment_keeps_its_exact_instant() -> None:
    at = datetime(2020, 11, 17, 8, 14, 3, tzinfo=UTC)
    with timezone.override("Europe/Paris"):
        assert render("{{ at|ago }}", at=at) == (
            '<time datetime="2020-11-17T08:14:03+00:00"'
            ' title="Tuesday 17 November 2020 09:14:03 (CET)">17 Nov 2020</time>'
        )
    assert render("{{ at|ago }}", at=None) == "–"


def test_a_tier_is_icon_word_and_points() -> None:
    html = render("{% tier standing %}", standing=SimpleNamespace(tier=2, total=42.4))
    assert 'class="tier is-hot"' in html
    assert "#hot" in html
    assert "Hot <b>42</b>" in html


def test_a_tier_keeps_its_word_for_screen_readers() -> None:
    assert '<span class="sr">Cold</span>' in render("{% tier 0 3 word=False %}")


def test_a_contact_without_standing_shows_no_tier() -> None:
    assert render("{% tier None %}") == ""


def test_stages_are_said_in_words() -> None:
    assert render('{% stage "mql" %}{% stage "prospect" %}') == (
        '<span class="tag on">MQL</span><span class="tag">Prospect</span>'
    )


@pytest.mark.parametrize(
    ("source", "shape", "title"),
    [
        ("sirene", "<rect", "Source: SIRENE"),
        ("import 12", '<path d="M4 .3L', "Source: import"),
        ("partner:acme", '<path d="M4 0l', "Source: added by a partner"),
        ("inferred", 'r="3.2"', "Source: inferred from behaviour"),
        ("form", 'r="3.5"', "Source: declared by the person"),
        ("", 'r="3.5"', "Source: declared by the person"),
    ],
)
def test_provenance_is_told_by_shape_and_words(source: str, shape: str, title: str) -> None:
    contact = SimpleNamespace(phone="+33 1", provenance={"phone": {"source": source}}, source="import")
    html = render('{% provenance contact "phone" %}', contact=contact)
    assert shape in html
    assert f'aria-label="{title}"' in html


def test_a_value_without_provenance_has_its_rows_source() -> None:
    contact = SimpleNamespace(phone="+33 1", provenance={}, source="import 3")
    assert "Source: import" in render('{% provenance contact "phone" %}', contact=contact)


def test_an_empty_value_has_no_provenance() -> None:
    contact = SimpleNamespace(phone="", provenance={}, source="import")
    assert render('{% provenance contact "phone" %}', contact=contact) == ""


def test_marks_escape_what_people_typed() -> None:
    assert "<script>" not in render("{% avatar person %}", person=SimpleNamespace(initials="<script>"))
    assert "<script>" not in render("{% stage value %}", value="<script>")


class PersonForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the card.")
    team = forms.ChoiceField(choices=[("a", "A"), ("b", "B")])
    note = forms.CharField(label="Note", required=False)
    reason = forms.ChoiceField(choices=[("x", "X"), ("y", "Y")], widget=forms.RadioSelect)
    agrees = forms.BooleanField(label="Agrees", required=False)


def field(form: forms.Form, name: str) -> str:
    return render('{% include "components/field.html" with field=field %}', field=form[name])


def test_a_field_has_label_control_and_hint_that_describes_it() -> None:
    html = field(PersonForm(), "name")
    assert '<label for="id_name">Name' in html
    assert 'class="input"' in html
    assert 'aria-describedby="id_name_helptext"' in html
    assert '<div class="hint" id="id_name_helptext">As on the card.</div>' in html


def test_a_wrong_field_shows_its_error_in_place_of_the_hint() -> None:
    html = field(PersonForm({"name": ""}), "name")
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_error"' in html
    assert 'id="id_name_error"' in html
    assert "As on the card." not in html


def test_only_a_text_that_may_stay_empty_is_called_optional() -> None:
    assert "optional" in field(PersonForm(), "note")
    assert "optional" not in field(PersonForm(), "team")
    assert "optional" not in field(PersonForm(), "name")


def test_choices_form_a_group_and_a_checkbox_stands_before_its_label() -> None:
    radios = field(PersonForm({"reason": "y"}), "reason")
    assert "<fieldset" in radios
    assert "<legend" in radios
    assert radios.count('type="radio"') == 2
    assert '<span class="select">' in field(PersonForm(), "team")
    assert '<label class="check" for="id_agrees"><input type="checkbox"' in field(PersonForm(), "agrees")


@pytest.mark.parametrize(
    ("sort", "aria", "query"),
    [("name", "ascending", "-name"), ("-name", "descending", "name"), ("score", "", "name")],
)
def test_a_head_sorts_and_says_how(sort: str, aria: str, query: str) -> None:
    html = render('{% include "components/th_sort.html" with label="Name" key="name" %}', f"/?sort={sort}", sort=sort)
    assert (f'aria-sort="{aria}"' in html) is bool(aria)
    assert f'href="?sort={query}"' in html
