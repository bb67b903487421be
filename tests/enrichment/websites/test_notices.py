"""Whose a website is, read off its pages."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment.providers.outcomes import Mention
from enrichment.websites.notices import LEAST, Page, find_mentions, notice_links, read_page
from tests.enrichment.websites.sites import page

NOTICE = "https://solvane.fr/mentions-legales"
PUBLISHER = "<h2>Éditeur du site</h2><p>SOLVANE SAS au capital de 10 000 000 €, RCS Nantes <b>732 829</b>&nbsp;320</p>"
HOST = "<h2>Hébergement</h2><p>OVH SAS, RCS Lille Métropole 424 761 419 00045, TVA : FR 22 424 761 419</p>"
MAKER = "<p>Conception du site : Agence Brume, SIRET 404 833 048 00022</p>"


def likely(html: str, url: str = NOTICE, domain: str = "solvane.fr") -> list[tuple[str, float]]:
    found = find_mentions(read_page(html, url), domain=domain)
    return [(one.siren, one.score) for one in found if one.score >= LEAST]


def mentions(text: str) -> list[Mention]:
    return find_mentions(Page("https://x.fr/mentions-legales", text), domain="x.fr")


@pytest.mark.parametrize("parts", [(PUBLISHER, HOST, MAKER), (HOST, PUBLISHER, MAKER), (MAKER, HOST, PUBLISHER)])
def test_the_publisher_wins_wherever_it_stands(parts: tuple[str, ...]) -> None:
    assert likely(page("<h1>Mentions légales</h1>", *parts)) == [("732829320", 0.95)]


@pytest.mark.parametrize(
    ("text", "sirens"),
    [
        ("Hôtel X, hébergement et restauration à Annecy. SARL Hôtel X, RCS Annecy 732 829 320", ["732829320"]),
        ("Hébergement Petit Serveur SARL, RCS Rennes 732 829 320", []),
        ("Hébergement assuré par Petit Serveur SARL, RCS Rennes 732 829 320", []),
        ("L’hébergement du site est celui de Petit Serveur SARL, RCS Rennes 732 829 320", []),
        ("Site hébergé chez Petit Serveur SARL, RCS Rennes 732 829 320", []),
        ("HÉBERGEMENT Petit Serveur SARL, RCS Rennes 732 829 320", []),
    ],
)
def test_a_host_unknown_by_its_number_is_told_by_the_words(text: str, sirens: list[str]) -> None:
    assert [one.siren for one in mentions(text) if one.score >= LEAST] == sirens


def test_a_number_said_twice_is_surer() -> None:
    assert likely(page(PUBLISHER, "<p>TVA FR44732829320</p>")) == [("732829320", 0.98)]


def test_a_known_host_is_nobody_even_where_the_page_calls_it_nothing() -> None:
    assert likely(page("<p>SAS OVH, SIREN 424 761 419, éditeur</p>")) == []
    # Its own site is its own.
    own = page("<p>Éditeur : SAS OVH, SIREN 424 761 419</p>")
    assert likely(own, "https://ovh.com/mentions-legales", "ovh.com") == [("424761419", 0.95)]


def test_two_publishers_are_both_said() -> None:
    text = "Éditeurs : Solvane SAS RCS Nantes 732 829 320 et Comptoir du Littoral RCS Brest 404 833 048"
    assert {one.siren: one.score for one in mentions(text)} == {"732829320": 0.95, "404833048": 0.95}


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("SIRET 73282932000074", 0.92),
        ("SIREN : 732.829.320", 0.92),
        ("732 829 320 RCS Nantes", 0.92),
        ("R.C.S. Nantes B 732-829-320", 0.92),
        ("n° TVA intracommunautaire : FR 44 732 829 320", 0.92),
        ("immatriculée au Registre du Commerce et des Sociétés de Nantes sous le numéro 732 829 320", 0.86),
        ("Edited by Solvane. VAT FR44732829320", 0.92),
        ("Solvane 732829320", 0.4),
        ("Solvane 73282932000074", 0.6),
    ],
)
def test_a_number_is_worth_what_stands_beside_it(text: str, score: float) -> None:
    assert [(one.siren, one.score) for one in mentions(text)] == [("732829320", score)]


@pytest.mark.parametrize(
    "text",
    [
        "SIREN 732 829 321",
        "SIRET 732 829 320 00075",
        "TVA FR 45 732 829 320",
        "Appelez le 01 732 829 320",
        "RCS, capital de 732 829 320 €",
        "RCS, capital de 1 732 829 320 euros",
        "SIREN 000 000 000",
        "RCS 5732829320",
        "SIREN 7328293201",
    ],
)
def test_what_is_no_number_of_a_company_is_none(text: str) -> None:
    assert mentions(text) == []


def test_links_lead_to_the_notice_of_the_same_site() -> None:
    html = page(
        '<a href="/a-propos">À propos</a> <a href="https://facebook.com/legal">Mentions légales</a>',
        '<a href="javascript:alert(1)">Mentions légales</a> <a href="mailto:x@y.fr">Legal</a> <a href="http://[">legal</a>',
        '<a href="https://www.solvane.fr/fr/infos#legal">Informations légales</a> <a href="cgv.html">CGV</a>',
        '<a href="/mentions">Mentions</a>',
    )
    assert notice_links(read_page(html, "https://solvane.fr/")) == [
        "https://www.solvane.fr/fr/infos", "https://solvane.fr/mentions", "https://solvane.fr/a-propos",
    ]  # fmt: skip


def test_what_is_not_shown_is_not_read() -> None:
    assert likely(page("<script>var x = 'RCS 732 829 320'</script><style>/* SIREN 732829320 */</style>")) == []


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000, "<p>" * 300_000, "<b><i>" * 100_000, "<!" * 500_000, "<a href=x>" * 100_000, "1 " * 500_000,
        "<p>hébergement " * 60_000, "732 829 320 " * 80_000, "RCS " * 100_000 + "732 829 320", "<table>" * 150_000,
    ],
)  # fmt: skip
def test_a_page_made_to_wear_us_out_does_not(html: str) -> None:
    begun = time.monotonic()
    find_mentions(read_page(html[: 1024 * 1024], NOTICE), domain="solvane.fr")
    assert time.monotonic() - begun < 5


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=2000))
def test_nothing_anybody_writes_stops_it(html: str) -> None:
    find_mentions(read_page(html, NOTICE), domain="solvane.fr")
    notice_links(read_page(f'<a href="{html}">légal</a>', NOTICE))
