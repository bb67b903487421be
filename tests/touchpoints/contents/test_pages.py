"""The pages of members: the library, the grid, one content, themes; bad input says what is wrong and keeps nothing."""

import csv
import io
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contacts.models import Cause, Contact, Stage, StageChange, Standing
from prm.organisations.models import AuditEntry, Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from tests.conftest import World
from tests.touchpoints.contents.library import PDF, make_content, theme_of
from tests.touchpoints.interests.acting import happens, looked, person, theme
from tests.touchpoints.lead_forms.builders import make_form
from touchpoints.contents import figures, services
from touchpoints.contents.files import LARGEST_FILE, NewFile, check_file
from touchpoints.contents.models import Content, ContentFile, Reading
from touchpoints.contents.services import ContentInput, check_url
from touchpoints.interests.models import Theme, ThemeRule
from touchpoints.interests.services import delete_theme
from touchpoints.lead_forms.services import archive_form

FORM = {"title": "Choosing a pump", "kind": "article", "language": "en", "stage": "suspect"}


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_from_nothing_to_a_library(solvane: Organisation, world: World) -> None:
    client = world.client(world.marketer)
    assert "No content yet" in text(client, world.path("contents/"))
    assert "No theme yet" in text(client, world.path("contents/coverage/"))
    assert "name the first one" in text(client, world.path("contents/new/"))

    client.post(world.path("contents/themes/new/"), {"name": "Pompes"})
    pumps = Theme.objects.get()
    grid = text(client, world.path("contents/coverage/"))
    assert "<b>4 holes</b> in 4 places" in grid
    hole = f"contents/new/?theme={pumps.pk}&amp;stage=mql"
    assert hole in grid
    started = text(client, world.path(hole.replace("&amp;", "&")))
    assert f'<option value="{pumps.pk}" selected>' in started
    assert '<option value="mql" selected>' in started

    sent = {**FORM, "theme": pumps.pk, "stage": "mql", "url": "https://www.acme.fr/blog/pump"}
    page = client.post(world.path("contents/new/"), sent, follow=True).content.decode()
    content = Content.objects.get()
    assert "is in the library" in page
    assert f"http://localhost:8000/c/{solvane.pk}-{content.key}/" in page
    assert (content.page_host, content.page_path) == ("acme.fr", "/blog/pump")
    assert "<b>3 holes</b> in 4 places" in text(client, world.path("contents/coverage/"))
    assert "<b>4 holes</b> in 4 places" in text(client, world.path("contents/coverage/?language=fr"))
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "theme.create", "content.create",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "data:text/html,x", "ftp://acme.fr/x", "//acme.fr/x", "acme", "https://user:pw@acme.fr/",
        "http://localhost/x", "http://127.0.0.1/x", "http://10.0.0.3/", "http://[::1]/x", "http://169.254.169.254/meta",
        "http://2130706433/", "http://0x7f.1/", "http://db.internal/", "https://printer.local/x", "https://a b.fr/",
        "https://acme.fr/\"><script>", "https://acme.fr/" + "x" * 500, "https://acme.fr:99999/", "https://",
    ],
)  # fmt: skip
def test_no_address_leads_elsewhere_than_to_the_public_web(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_url(url)
    assert "public address" in str(refused.value.fields["url"])


def test_public_addresses_are_kept_as_they_are() -> None:
    for url in ("https://www.acme.fr/blog/é?x=1#y", "http://acme.fr:8080/", "https://8.8.8.8/x", "https://société.fr/"):
        assert check_url(f" {url} ") == url


def test_a_file_is_what_its_name_says() -> None:
    packed = io.BytesIO()
    with ZipFile(packed, "w") as file:
        file.writestr("word/document.xml", "<x/>")
    assert check_file(NewFile.of("C:\\a\\letter.docx", packed.getvalue())).endswith("wordprocessingml.document")
    assert check_file(PDF) == "application/pdf"
    for name, data in (
        ("page.html", b"<script>"), ("image.svg", b"<svg/>"), ("run.exe", b"MZ"), ("guide.pdf", b"<html>"),
        ("letter.docx", b"PK\x03\x04 nothing"), ("sheet.xlsx", packed.getvalue()), ("empty.pdf", b""),
        ("noending", b"x"),
        ("large.pdf", b"%PDF-" + b"0" * LARGEST_FILE),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            check_file(NewFile.of(name, data))


def test_bad_input_is_said_beside_its_field_and_nothing_is_kept(solvane: Organisation, world: World) -> None:
    client, pumps = world.client(world.marketer), theme_of(solvane)
    form = make_form(solvane)
    archive_form(solvane, form_id=form.pk, by=None)
    with organisation_scope(world.twin.pk):
        theirs = theme_of(world.twin, "Theirs")
    good = {**FORM, "theme": pumps.pk, "url": "https://www.acme.fr/x"}
    bad: list[tuple[dict[str, Any], str]] = [
        ({"title": ""}, "This field is required"),
        ({"theme": theirs.pk}, "Select a valid choice"),
        ({"stage": "king"}, "Select a valid choice"),
        ({"url": "javascript:alert(1)"}, "Write the public address"),
        ({"url": ""}, "give an address or a file"),
        ({"form": form.pk}, "Select a valid choice"),
        ({"file": SimpleUploadedFile("a.pdf", b"%PDF-1")}, "not both"),
        ({"url": "", "file": SimpleUploadedFile("a.pdf", b"MZ")}, "no file of the kind"),
        ({"url": "", "file": SimpleUploadedFile("a.html", b"<p>")}, "Files can be: pdf"),
        ({"url": "", "file": SimpleUploadedFile("a.pdf", b"0" * (LARGEST_FILE + 1))}, "at most 20 megabytes"),
        ({"title": "x\x00"}, "Null characters are not allowed"),
    ]
    for change, words in bad:
        response = client.post(world.path("contents/new/"), good | change)
        assert (response.status_code, words in response.content.decode()) == (422, True), (change, words)
    assert Content.objects.count() == ContentFile.objects.count() == 0
    with pytest.raises(Invalid):
        services.create_content(solvane, values=ContentInput("x", theirs.pk, url="https://www.acme.fr/x"), by=None)


def test_a_file_gives_way_to_another_and_to_an_address(solvane: Organisation) -> None:
    content = make_content(solvane, file=PDF)

    def change(**values: Any) -> None:
        given = ContentInput(content.title, content.theme_id, language="en", **values)
        services.update_content(solvane, content_id=content.pk, values=given, by=None)

    change()
    assert ContentFile.objects.get().name == "guide.pdf"
    change(file=NewFile.of("second.pdf", b"%PDF-2"))
    assert ContentFile.objects.get().name == "second.pdf"
    change(url="https://www.acme.fr/guide")
    assert ContentFile.objects.count() == 0
    with pytest.raises(Invalid):
        change()


def test_the_library_is_narrowed_sorted_and_taken_away(solvane: Organisation, world: World) -> None:
    client, ada = world.client(world.viewer), person(solvane)
    pumps, valves = theme_of(solvane), theme_of(solvane, "Vannes")
    form = make_form(solvane)
    one = make_content(
        solvane, "Éviter les fuites", theme=pumps, url="https://www.acme.fr/a", language="fr", stage="mql"
    )
    two = make_content(solvane, "Valves for beginners", theme=valves, file=PDF, form=form, kind="white_paper")
    make_content(solvane, "=cmd()", theme=valves, url="https://www.acme.fr/c")
    for n, (content, contact) in enumerate([(two, ada), (two, None), (one, ada)]):
        Reading.objects.create(
            organisation=solvane, content=content, interaction_id=n, kind="download", contact=contact,
            occurred_at=ada.created_at, seconds=40 * n or None,
        )  # fmt: skip

    def titles(query: str) -> list[str]:
        page = text(client, world.path(f"contents/{query}"))
        named = [("Éviter les fuites", "A"), ("Valves for beginners", "B"), ("=cmd()", "C")]
        found = sorted((page.find(f">{title}</a>"), letter) for title, letter in named)
        return [letter for place, letter in found if place >= 0]

    assert titles("?q=eviter") == ["A"]
    assert titles("?kind=white_paper") == ["B"]
    assert titles(f"?theme={valves.pk}&gate=open") == ["C"]
    assert titles("?stage=mql") == ["A"]
    assert titles("?language=fr") == ["A"]
    assert titles("?gate=gated") == ["B"]
    assert titles(f"?owner={world.admin.pk}") == []
    assert titles("?sort=-readers") == ["B", "A", "C"]
    assert titles("?sort=-time") == ["A", "B", "C"]
    assert titles("?sort=title") == ["C", "A", "B"]
    assert titles("?sort=theme&theme=x&stage=y&cursor=") == ["A", "B", "C"]
    assert client.get(world.path("contents/?cursor=broken")).status_code == 422

    rows = list(csv.reader(io.StringIO(text(client, world.path("contents/export/?gate=gated")).removeprefix("\ufeff"))))
    assert rows[1][:5] == ["Valves for beginners", "White paper", "Vannes", "Suspects", "en"]
    assert rows[1][9:13] == ["1", "1", "40", "2"]
    assert "'=cmd()" in text(client, world.path("contents/export/"))


def test_pages_of_the_library_follow_by_key(solvane: Organisation, world: World) -> None:
    pumps = theme_of(solvane)
    Content.objects.bulk_create(
        Content(organisation=solvane, title=f"T{n:03}", theme=pumps, language="en", key=f"k{n}", url="https://a.fr/x")
        for n in range(60)
    )
    client = world.client(world.marketer)
    first = text(client, world.path("contents/?sort=title"))
    assert "T049" in first
    assert "T050" not in first
    link = first.split('rel="next" href="')[1].partition('"')[0].replace("&amp;", "&")
    second = text(client, world.path("contents/") + link)
    assert "T050" in second
    assert "T049" not in second


def test_a_content_says_who_read_it(solvane: Organisation, world: World) -> None:
    ada = person(solvane, first_name="Ada", last_name="Lovelace")
    content = make_content(solvane)
    for n, (contact, seconds) in enumerate([(ada, 60), (ada, 90), (None, None)]):
        Reading.objects.create(
            organisation=solvane, content=content, interaction_id=n, kind="page_view", contact=contact,
            occurred_at=ada.created_at, seconds=seconds,
        )  # fmt: skip
    page = text(world.client(world.viewer), world.path(f"contents/{content.pk}/"))
    said = page.replace("\xa0", " ").replace("\u202f", " ")
    assert "<b>2 readers</b>, half of them for longer than 2 min 30 s" in said
    assert "Ada Lovelace" in page
    assert "and 1 nobody knows" in page
    assert "Too few to conclude" in page


def test_conversions_are_told_when_there_are_enough(solvane: Organisation) -> None:
    content, other = make_content(solvane), make_content(solvane, "Other", url="https://www.acme.fr/o")
    people = Contact.objects.bulk_create(
        Contact(organisation=solvane, email=f"p{n}@acme.example", language="en") for n in range(200)
    )
    now = people[0].created_at
    Standing.objects.filter(contact__in=people).update(last_act_at=now)
    # Of a hundred who read it, fifty became an MQL; of the others ten.
    converted = [*people[:50], *people[100:110]]
    StageChange.objects.bulk_create(
        StageChange(organisation=solvane, contact=one, to_stage=Stage.MQL, cause=Cause.RULE) for one in converted
    )
    readings = [(content, one) for one in people[:100]] + [(other, one) for one in people[:10]]
    Reading.objects.bulk_create(
        Reading(organisation=solvane, content=what, contact=who, interaction_id=n, kind="page_view", occurred_at=now)
        for n, (what, who) in enumerate(readings)
    )
    ways = figures.measure_ways(solvane)
    effect, beside = figures.effect_of(ways, content), figures.effect_of(ways, other)
    assert (ways.acted, ways.converted, ways.readers_converted) == (200, 60, 50)
    assert (effect.passed.reached, effect.with_it.percent, effect.without_it.percent) == (50, 50.0, 10.0)
    assert effect.lift.verdict == "gain"
    # Ten of the fifty read both: half of each of these is the other's.
    assert effect.shares == (100.0, 80.0, 90.0, 90.0)
    assert (effect.is_conclusive, beside.is_conclusive) == (True, False)


def test_a_theme_that_is_used_stays(solvane: Organisation, world: World) -> None:
    content, pumps = make_content(solvane), theme_of(solvane)
    services.archive_content(solvane, content_id=content.pk, by=None)
    with pytest.raises(Conflict, match="1 contents"):
        delete_theme(solvane, theme_id=pumps.pk, by=None)
    client = world.client(world.marketer)
    page = client.post(world.path(f"contents/themes/{pumps.pk}/delete/"), follow=True).content.decode()
    assert "give them another one first" in page
    assert Theme.objects.count() == 1


def test_rules_are_checked_and_shown_before_they_are_kept(solvane: Organisation, world: World) -> None:
    client, pumps = world.client(world.marketer), theme(solvane, "Pompes")
    url = world.path(f"contents/themes/{pumps.pk}/")
    for address, words in (
        ("", "Write an address"), ("*", "every page"), ("/*", "every page"), ("http://[broken", "no address"),
        ("x" * 400, "at most 300"),
    ):  # fmt: skip
        response = client.post(f"{url}rules/", {"address": address})
        assert (response.status_code, words in response.content.decode()) == (422, True), address
    assert ThemeRule.objects.count() == 0
    happens(solvane, looked(person(solvane)), looked(None))
    fitting = text(client, world.path("contents/themes/fitting/?address=/pompes/*"))
    assert "<b>1 act</b>" not in fitting
    assert "<b>2 acts</b> of the last 2 fit, of 1 person or visitor; 0 of them have a theme already." in fitting
    assert client.post(f"{url}rules/", {"address": "www.acme.fr/pompes/*"}).status_code == 302
    again = client.post(f"{url}rules/", {"address": "acme.fr/pompes/*"})
    assert "has this rule already" in again.content.decode()
    tried = text(client, world.path("contents/themes/try/?url=https://www.acme.fr/pompes/a%3Fx=1"))
    assert "on the site acme.fr, on the page /pompes/*" in tried
    assert "None: it says nothing" in text(client, world.path("contents/themes/try/?url=/tarifs"))


def test_who_may_not_change_looks(solvane: Organisation, world: World) -> None:
    content = make_content(solvane)
    for who in (world.viewer, world.sales):
        client = world.client(who)
        for page in ("contents/", "contents/coverage/", f"contents/{content.pk}/", "contents/themes/"):
            assert client.get(world.path(page)).status_code == 200
        assert client.post(world.path(f"contents/{content.pk}/archive/")).status_code == 403
        assert client.get(world.path("contents/new/")).status_code == 403
    content.refresh_from_db()
    assert content.archived_at is None


@pytest.mark.usefixtures("committed")
def test_a_contacts_page_says_what_they_care_about_and_what_comes_next(solvane: Organisation, world: World) -> None:
    ada = person(solvane, language="en")
    pumps = theme(solvane, "Pompes", "/pompes/*")
    make_content(solvane, "Pumps II", theme=pumps, url="https://www.acme.fr/p2")
    happens(solvane, looked(ada, "/pompes/b", seconds=300), looked(ada, "/pompes/a", days=3))
    client = world.client(world.sales)
    panel = text(client, world.path(f"contacts/{ada.pk}/panels/touchpoints-interests-contact_panel/"))
    assert "Pompes" in panel
    assert '<b class="num md">47</b>' in panel
    assert "https://www.acme.fr/pompes/b, 5 min" in panel.replace("\xa0", " ").replace("\u202f", " ")
    following = text(client, world.path(f"contacts/{ada.pk}/panels/touchpoints-contents-contact_panel/"))
    assert "Pumps II" in following
    assert "about Pompes, which interests them most" in following
