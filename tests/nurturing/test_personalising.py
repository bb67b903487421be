"""Texts made personal: values are shown and do nothing else."""

from contextlib import suppress
from time import process_time

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from nurturing.frame import put_into_frame
from nurturing.personalising import (
    TemplateError,
    Values,
    check_template,
    find_surveys,
    find_unknown_names,
    outline,
    personalise,
)

INES = Values(first_name="Inès", company="Acme", email="ines@acme.example", organisation="Solvane")


def test_values_stand_where_they_are_named_and_missing_ones_are_empty() -> None:
    made = personalise("Hi {{ first_name }} {{ nothing }}", "At {{ company }}{{ job_title }}.", INES)
    assert (made.subject, made.html, made.text) == ("Hi Inès", "<p>At Acme.</p>", "At Acme.")


def test_an_empty_value_counts_as_missing() -> None:
    text = "{{ first_name | default: 'you' }}{% if company %} at {{ company }}{% endif %}"
    assert personalise(text, text, Values()).subject == "you"


def test_paragraphs_lines_links_and_buttons() -> None:
    body = "One & two\nthree\n\nSee [us](https://a.example/?a=1&b=2) or https://b.example/x.\n\n[Go](https://c.example)"
    made = personalise("s", body, INES)
    assert made.html == (
        "<p>One &amp; two<br>\nthree</p>\n"
        '<p>See <a href="https://a.example/?a=1&amp;b=2">us</a> or '
        '<a href="https://b.example/x">https://b.example/x</a>.</p>\n'
        '<p class="button"><a href="https://c.example">Go</a></p>'
    )
    assert made.text == (
        "One & two\nthree\n\nSee us (https://a.example/?a=1&b=2) or https://b.example/x.\n\nGo (https://c.example)"
    )


def test_a_paragraph_of_tags_leaves_no_gap() -> None:
    body = "A\n\n{% if company %}\n\nB\n\n{% endif %}\n\nC"
    assert personalise("s", body, INES).html.count("<p>") == 3
    assert personalise("s", body, Values()).html == "<p>A</p>\n<p>C</p>"
    assert personalise("s", body, Values()).text == "A\n\nC"


def test_only_the_ways_of_the_web_and_of_mail_become_links() -> None:
    made = personalise("s", "[x](javascript:alert(1)) [m](mailto:a@b.example) [out]({{ unsubscribe_url }})", INES)
    assert "javascript:alert" in made.html
    assert 'href="javascript' not in made.html
    assert '<a href="mailto:a@b.example">m</a>' in made.html


@pytest.mark.parametrize(
    "value", ["[win](https://evil.example)", "www.evil.example", "http://evil.example", "a\r\nBcc: x"]
)
def test_what_a_person_wrote_into_a_form_becomes_neither_link_nor_header(value: str) -> None:
    made = personalise("Hi {{ first_name }}", "Hi {{ first_name }}", Values(first_name=value))
    assert "<a" not in made.html
    assert "evil" not in made.html + made.text
    assert "\n" not in made.subject
    assert "\r" not in made.subject


@given(st.text(max_size=200))
def test_a_value_never_breaks_out_of_the_html(value: str) -> None:
    html = personalise("s", "{{ first_name }}", Values(first_name=value)).html
    inside = html.removeprefix("<p>").removesuffix("</p>")
    assert "<" not in inside
    assert ">" not in inside
    assert '"' not in inside


@pytest.mark.parametrize(
    "bad",
    [
        "{{ first_name",
        "{% if %}",
        "{% include 'x' %}",
        "{% render 'x' %}",
        "{{ first_name | explode }}",
        "{% for x in (1..100000) %}x{% endfor %}",
        "{% assign a = 'xxxxxxxxxxxxxxxxxxxx' %}{% for x in (1..999) %}{% assign a = a | append: a %}{% endfor %}",
        "{% for x in (1..900) %}" + "y" * 200 + "{% endfor %}",
    ],
)
def test_what_cannot_be_read_or_grows_without_bounds_is_refused(bad: str) -> None:
    with pytest.raises(TemplateError):
        check_template(bad)


@pytest.mark.parametrize(
    "slow",
    [
        "[" + "{{ first_name }}" * 200,
        "[" + "{% %}" * 200,
        "[a](https://" + "{{ email }}" * 200,
        "x" + " " * 19_000 + "x",
        "[{{ first_name }}" * 200,
    ],
)
def test_no_text_takes_long_to_read(slow: str) -> None:
    before = process_time()
    with suppress(TemplateError):
        check_template(slow)
    assert process_time() - before < 2


def test_nothing_can_be_walked_into() -> None:
    made = personalise("{{ first_name.__class__ }}{{ first_name.__init__.__globals__ }}", "x", INES)
    assert made.subject == ""


def test_names_nobody_has_are_found() -> None:
    assert find_unknown_names("{{ first_name }} {{ prenom }}", "{% if societe %}x{% endif %}") == ["prenom", "societe"]


def test_the_outline_names_values_and_drops_tags() -> None:
    with translation.override("en"):
        shown = outline("Hi {{ first_name | default: 'x' }}{% if company %}, {{ company }}{% endif %}")
    assert shown == "Hi [first name], [name of the company]"


def test_the_frame_escapes_what_is_plain_and_loads_nothing_from_elsewhere() -> None:
    framed = put_into_frame(
        subject="<b>", html="<p>x</p>", text="x", organisation="A & B", postal_address="", unsubscribe_url="https://p/u/1/",
        language="en",
    )  # fmt: skip
    assert "<title>&lt;b&gt;</title>" in framed.html
    assert "You receive this message from A &amp; B." in framed.html
    assert "fonts.googleapis" not in framed.html
    assert "@@" not in framed.html
    assert framed.text.endswith("Unsubscribe: https://p/u/1/\n")


def test_a_survey_alone_in_its_paragraph_becomes_a_row_of_answers() -> None:
    url = "https://prm.example/q/m/1.12.7~x/"
    made = personalise("s", "Hello\n\n[survey 12: 1-5]\n\nBye", Values(surveys={12: url}))
    assert made.html.count('<p class="scale">') == 1
    assert [f'<a href="{url}?s={score}">{score}</a>' in made.html for score in range(7)] == [False, *[True] * 5, False]
    assert f"1: {url}?s=1\n2: {url}?s=2" in made.text
    long = personalise("s", "[survey 3: 0-10]", Values(surveys={3: url}))
    assert (long.html.count("<a "), f"10: {url}?s=10" in long.text) == (11, True)
    # Nothing a person wrote into a form makes one.
    assert "<a" not in personalise("s", "{{ first_name }}", Values(first_name="[survey 12: 1-5]")).html
    assert "<a" not in personalise("s", "as in [survey 12: 1-5] here", Values(surveys={12: url})).html
    assert find_surveys("[survey 12: 1-5]\n\n[survey 12: 1-5]\n\n[survey 3: 0-10]") == [(12, "1-5"), (3, "0-10")]
