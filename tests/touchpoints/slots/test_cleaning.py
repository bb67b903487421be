"""Hostile HTML loses what is hostile, twice; what a page needs stays."""

import pytest
from django.conf import settings

from touchpoints.slots.cleaning import clean_html, lost
from touchpoints.slots.marks import fill, find_unknown, is_within_tag, plain

HARMLESS = (
    '<section class="hero"><h2>Title</h2><p>Text <strong>bold</strong> <a href="/tarifs">Prices</a>'
    '<a href="mailto:a@b.fr">Write</a><a href="tel:+33123456789">Call</a></p>'
    '<img src="https://www.acme.fr/a.png" alt="A" width="10" height="10" loading="lazy"></section>'
)


def test_what_a_page_needs_stays() -> None:
    cleaned = clean_html(HARMLESS)
    assert cleaned.replace(' rel="noopener noreferrer"', "") == HARMLESS
    assert clean_html(cleaned) == cleaned


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<script>alert(1)</script>x", "x"),
        ("<p onclick=alert(1)>x</p>", "<p>x</p>"),
        ('<p style="position:fixed" id="a" name="b">x</p>', "<p>x</p>"),
        ("<img src=x onerror=alert(1)>", '<img src="x">'),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="java\nscript:alert(1)">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="data:text/html,x">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="http://evil.example/">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="//evil.example/">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="\\\\evil.example/">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="/\\evil.example/">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="/\t/evil.example/">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ('<a href="/x" target="opener">x</a>', '<a href="/x" rel="noopener noreferrer">x</a>'),
        ("<svg><script>alert(1)</script></svg>x", "x"),
        ("<math><mtext></mtext></math>x", "x"),
        ('<form action="https://evil.example"><input name=a><button>x</button></form>', "x"),
        ('<iframe src="https://evil.example/"></iframe>', "<iframe></iframe>"),
        ('<iframe srcdoc="<script>1</script>"></iframe>', "<iframe></iframe>"),
        ('<object data="x"></object><embed src="x">x', "x"),
        ('<link rel=stylesheet href="https://evil.example"><meta http-equiv=refresh content="0">x', "x"),
        ("<style>*{display:none}</style>x", "x"),
        ('<base href="https://evil.example/">x', "x"),
        ('<div data-prm-slot="hero">x</div>', "<div>x</div>"),
        ("<!-- c --><p>x", "<p>x</p>"),
        ("<template><script>1</script></template>x", "x"),
        ('<img srcset="https://evil.example/a.png 2x" src="/a.png">', '<img src="/a.png">'),
    ],
)
def test_what_is_hostile_goes(given: str, kept: str) -> None:
    assert clean_html(given) == kept


def test_a_frame_shows_a_form_of_this_product_alone() -> None:
    own = f"{settings.BASE_URL}/f/12-abcDEF_-/frame/"
    assert f'src="{own}"' in clean_html(f'<iframe src="{own}"></iframe>')
    for other in (f"{settings.BASE_URL}/o/demo/", f"{own}../../o/", f"{settings.BASE_URL}.evil.example/f/1-a/frame/"):
        assert "src" not in clean_html(f'<iframe src="{other}"></iframe>')


def test_what_was_lost_is_told() -> None:
    given = '<p onclick="x">a</p><script>1</script><a href="/a">b</a>'
    assert lost(given, clean_html(given)) == ["<script>", "<p onclick>"]
    assert lost("<p>a</p>", clean_html("<p>a</p>")) == []


def test_marks() -> None:
    assert find_unknown("{{ first_name }} {{ sector|x }} {{email}}") == ["email", "first_name"]
    assert fill("{{ source | you }} {{campaign}}", {"source": "<b>"}) == "&lt;b&gt; "
    assert fill("{{ sector|your <b>sector</b> }}", {}) == "your <b>sector</b>"
    assert fill("{{ sector|your <b>sector</b> }}!", {"sector": "Industry"}) == "Industry!"
    assert len(fill("{{ campaign }}", {"campaign": "x" * 500})) == 60


def test_whoever_makes_an_address_makes_no_links() -> None:
    link = "<a href=\"{{ campaign|/tarifs }}\" title='{{ source }}'>{{ campaign|x }}</a>"
    evil = {"campaign": "https://evil.example/", "source": "y"}
    assert fill(link, evil) == "<a href=\"/tarifs\" title=''>https://evil.example/</a>"
    assert (is_within_tag(link), is_within_tag("<p>{{ campaign|a <b>b</b> }}</p>")) == (True, False)
    assert [plain(one) for one in ("Google", "arrêts-de-ligne", "L’été & nous")] == [
        "Google", "arrêts-de-ligne", "L’été & nous"
    ]  # fmt: skip
    for one in ("https://evil.example", "call me: 0123", "a@b.fr", "<b>", "x" * 61, "a/b"):
        assert plain(one) == ""
