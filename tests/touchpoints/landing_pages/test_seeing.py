"""People see a landing page and send its form: what they get, what is counted, and what is made of it."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.touchpoints.landing_pages.builders import (
    address,
    counted,
    make_page,
    picture_bytes,
    second_variant,
    upload,
    visitor,
)
from tests.touchpoints.lead_forms.builders import BROWSER, latest, make_form
from touchpoints.appearance.pictures import keep_picture
from touchpoints.appearance.services import change_appearance
from touchpoints.landing_pages.document import Block, BlockKind, Figure, Logo, ProofKind
from touchpoints.landing_pages.models import LandingPage, PageTest, PageVersion
from touchpoints.landing_pages.services import archive_page, close_page, restore_page, update_settings
from touchpoints.lead_forms.document import After, AfterKind
from touchpoints.lead_forms.models import FormDay, Submission
from touchpoints.lead_forms.processing import process_due
from touchpoints.lead_forms.services import archive_form
from touchpoints.models import Channel, Interaction, Touchpoint
from touchpoints.timeline import get_timeline
from touchpoints.tracking.sites import SiteInput, create_site

TEXT = Block("text", BlockKind.TEXT, "Inside", text="- **one**\n- <em>two</em>")


def place(organisation: Organisation, code: str = "guide") -> Touchpoint:
    return Touchpoint.objects.create(organisation=organisation, code=code, name=code, channel=Channel.WEBSITE)


def test_somebody_sends_the_form_of_a_page_and_page_and_variant_are_known(solvane: Organisation) -> None:
    form = make_form(solvane, touchpoint=place(solvane, "contact"))
    page = make_page(solvane, TEXT, form=form, touchpoint=place(solvane))
    ines = visitor(page, "?utm_campaign=spring")

    answer = ines.send(form, email="ines@acme.example")

    assert answer.status_code == 303
    assert "Thank you." in ines.client.get(answer["Location"]).content.decode()
    assert process_due(solvane) == 1
    act = Interaction.objects.get(kind="form_sent")
    assert act.touchpoint is not None
    assert act.touchpoint.code == "guide"
    assert {name: act.properties[name] for name in ("landing_page", "variant", "utm_campaign", "form")} == {
        "landing_page": "guide",
        "variant": "A",
        "utm_campaign": "spring",
        "form": "contact",
    }
    assert counted(page) == {"A": (1, 1)}
    # A day's count is spread over rows.
    assert FormDay.objects.aggregate(shown=Sum("shown"), sent=Sum("sent")) == {"shown": 1, "sent": 1}
    timeline = get_timeline(solvane, contact_id=Contact.objects.get().pk)
    details = {one.label: one.value for day in timeline.days for entry in day.entries for one in entry.details}
    assert (details["Landing page"], details["Variant"]) == ("guide", "A")


def test_the_forms_list_and_its_file_say_which_page(solvane: Organisation, world: World) -> None:
    form = make_form(solvane)
    visitor(make_page(solvane, form=form)).send(form, email="ines@acme.example")
    member = world.client(world.marketer)
    base = f"/o/{solvane.slug}/forms"

    listed = member.get(f"{base}/{form.pk}/submissions/").content.decode()
    single = member.get(f"{base}/submissions/{latest().pk}/").content.decode()
    file = b"".join(member.get(f"{base}/{form.pk}/submissions/export/")).decode()

    assert 'guide <span class="tag">A</span>' in listed
    assert "(variant A)" in single
    assert "guide;A" in file.replace(",", ";").replace('"', "")


def test_what_is_wrong_stands_beside_its_field_and_the_page_around_it(solvane: Organisation) -> None:
    form = make_form(solvane)
    page = make_page(solvane, TEXT, form=form)

    answer = visitor(page).send(form, email="ines@")

    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'value="ines@"' in html
    assert html.count('class="lead-error"') == 1
    assert "<li><strong>one</strong></li>" in html
    assert Submission.objects.count() == 0


def test_the_guards_of_forms_hold(solvane: Organisation) -> None:
    form = make_form(solvane)
    page = make_page(solvane, form=form)
    ines = visitor(page)

    spam = ines.send(form, email="ines@acme.example", prm_website="https://spam.example")
    old = ines.client.post(address(page), {**ines.fill(form, email="ines@acme.example"), "prm_token": "x"})

    assert (spam.status_code, latest().status, latest().reason) == (303, "spam", "trap")
    assert old.status_code == 409
    assert 'value="ines@acme.example"' in old.content.decode()
    process_due(solvane)
    assert counted(page)["A"][1] == 0
    for _n in range(20):
        last = ines.send(form, email="x@acme.example")
    assert last.status_code == 429


def test_what_was_published_never_changes(solvane: Organisation) -> None:
    make_page(solvane)
    version = PageVersion.objects.get()

    with pytest.raises(DatabaseError), transaction.atomic():
        PageVersion.objects.filter(pk=version.pk).update(document={})

    assert PageVersion.objects.get() == version


def test_the_head_of_a_page_says_what_it_is(solvane: Organisation, world: World) -> None:
    picture = keep_picture(solvane, upload(picture_bytes("JPEG", (1600, 900)), "team.jpg"))
    block = Block("picture", BlockKind.PICTURE, picture_id=picture.pk, alt="Our team")
    page = make_page(solvane, block)
    other = make_page(solvane, name="Le guide", language="fr", original=page)
    change_appearance(solvane, colour="#FFD400", by=world.admin, logo=upload())

    answer = visitor(page).look()

    html = answer.content.decode()
    assert f"<title>The guide · {solvane.name}</title>" in html
    assert '<meta name="description" content="All of it.">' in html
    assert '<meta name="robots" content="index, follow">' in html
    assert 'hreflang="fr" href="http' in html
    assert address(other) in html
    assert '<meta property="og:title" content="The guide">' in html
    assert f'src="/i/{solvane.pk}/{picture.digest}.jpg" width="1600" height="900" alt="Our team"' in html
    assert 'href="/i/colour/ffd400.css"' in html
    assert f'alt="{solvane.name}"' in html
    assert answer.cookies == {}
    assert answer["Content-Language"] == "en"
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"]
    assert "style=" not in html
    shown = Client().get(f"/i/{solvane.pk}/{picture.digest}.jpg")
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/jpeg", "public, max-age=31536000, immutable")
    assert "#ffd400" in Client().get("/i/colour/ffd400.css").content.decode()


def test_a_page_that_is_not_for_search_engines_says_so(solvane: Organisation) -> None:
    answer = visitor(make_page(solvane, is_indexed=False)).look()

    assert answer["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in answer.content.decode()


def test_every_kind_of_block_is_shown(solvane: Organisation) -> None:
    logo = keep_picture(solvane, upload())
    page = make_page(
        solvane,
        Block("quote", BlockKind.PROOF, text="So <good>", name="Ana", role="CEO", company="Acme"),
        Block("figures", BlockKind.PROOF, proof=ProofKind.FIGURES, figures=(Figure("42 %", "less"),)),
        Block("logos", BlockKind.PROOF, proof=ProofKind.LOGOS, logos=(Logo(logo.pk, "Acme"),)),
    )

    html = visitor(page).look().content.decode()

    assert "So &lt;good&gt;" in html
    assert "<b>Ana</b>, CEO, Acme" in html
    assert "<dt>less</dt><dd>42 %</dd>" in html
    assert f'src="/i/{solvane.pk}/{logo.digest}.webp"' in html


def test_text_that_means_harm_does_none(solvane: Organisation) -> None:
    hostile = (
        "<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)' onclick='x'>a</a>"
        "[b](javascript:alert(1)) [c](data:text/html,x)\n\n# Big\n\n<style>*{}</style><iframe src=//x></iframe>"
        "<form action=//x><input></form><p style='color:red' class=lead-trap>p</p>"
    )
    page = make_page(solvane, Block("text", BlockKind.TEXT, text=hostile))

    html = visitor(page).look().content.decode()

    section = html[html.index('<section class="lp-text"') : html.index("</section>")]
    for bad in (
        "<script",
        "onerror",
        "onclick",
        'href="javascript',
        'href="data',
        "<style",
        "<iframe",
        "<form",
        "style=",
    ):
        assert bad not in section, bad
    assert "<h3>Big</h3>" in section
    assert section.count("class=") == 1


def test_robots_and_looking_ahead_are_not_counted(solvane: Organisation) -> None:
    page = make_page(solvane)
    ines = visitor(page)

    ines.look()
    ines.client.head(address(page))
    ines.client.get(address(page), headers={"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"})
    ines.client.get(address(page), headers={"user-agent": "curl/8.5.0"})
    ines.client.get(address(page), headers={"sec-purpose": "prefetch;prerender"})

    assert counted(page) == {"A": (1, 0)}


def test_a_page_put_away_says_so_kindly_and_an_unknown_one_is_unknown(solvane: Organisation) -> None:
    page = make_page(solvane, name="Le guide", language="fr")
    archive_page(solvane, page_id=page.pk, by=None)

    gone = visitor(page).look()

    assert gone.status_code == 410
    assert "Cette page n’est plus là" in gone.content.decode()
    restore_page(solvane, page_id=page.pk, by=None)
    assert visitor(page).look().status_code == 410
    assert Client().get(f"/l/{solvane.slug}/nothing/").status_code == 404
    assert Client().get("/l/nobody/le-guide/").status_code == 404


def test_a_draft_is_nobodys_to_see(solvane: Organisation) -> None:
    page = make_page(solvane)
    close_page(solvane, page_id=page.pk, by=None)
    LandingPage.objects.filter(pk=page.pk).update(published_at=None)

    assert visitor(page).look().status_code == 404


def test_an_old_address_leads_to_the_new_one(solvane: Organisation) -> None:
    page = make_page(solvane)
    update_settings(solvane, page_id=page.pk, values={"slug": "the-guide"}, by=None)

    answer = visitor(page, "?utm_source=x").look()

    assert (answer.status_code, answer["Location"]) == (301, f"/l/{solvane.slug}/the-guide/?utm_source=x")


def test_a_form_that_was_put_away_is_closed_on_the_page_and_the_page_stays(solvane: Organisation) -> None:
    form = make_form(solvane)
    page = make_page(solvane, TEXT, form=form)
    ines = visitor(page)
    filled = ines.fill(form, email="ines@acme.example")
    archive_form(solvane, form_id=form.pk, by=None)

    shown, sent = ines.look(), ines.client.post(address(page), filled)

    assert shown.status_code == 200
    assert "This form is closed." in shown.content.decode()
    assert sent.status_code == 410
    assert Submission.objects.count() == 0


def test_a_form_that_leads_elsewhere_may(solvane: Organisation) -> None:
    form = make_form(solvane, after=After(AfterKind.REDIRECT, url="https://www.acme.example/merci"))
    page = make_page(solvane, form=form)
    ines = visitor(page)

    shown, sent = ines.look(), ines.send(form, email="ines@acme.example")

    assert "form-action 'self' https://www.acme.example" in shown["Content-Security-Policy"]
    assert (sent.status_code, sent["Location"]) == (303, "https://www.acme.example/merci")


def test_the_twins_page_and_form_are_not_ours(solvane: Organisation, world: World) -> None:
    with organisation_scope(world.twin.pk):
        theirs = make_form(world.twin)
        their_page = make_page(world.twin, form=theirs)
        filled = visitor(their_page).fill(theirs, email="ines@acme.example")
    page = make_page(solvane, name="Other")

    answer = visitor(page).client.post(address(page), filled)
    other = Client().get(f"/l/{solvane.slug}/{their_page.slug}/")

    assert (answer.status_code, other.status_code) == (410, 404)
    assert Submission.objects.count() == 0


def test_the_tracker_is_there_where_the_organisation_tracks_this_host(solvane: Organisation) -> None:
    page = make_page(solvane)
    assert "data-site" not in visitor(page).look().content.decode()
    site = create_site(solvane, values=SiteInput("Us", ("testserver", "acme.fr")), by=None)

    html = visitor(page).look().content.decode()

    assert f'data-site="{site.key}" data-mode="consent" data-scope="_{solvane.slug}"' in html
    assert 'data-variant="A"' in html
    assert f'data-consent="_{solvane.slug}"' in html


def test_a_page_is_few_queries(solvane: Organisation, world: World) -> None:
    form = make_form(solvane)
    page = make_page(solvane, TEXT, form=form)
    second_variant(solvane, page, world.admin)
    ines = visitor(page)
    ines.look()

    with CaptureQueriesContext(connection) as queries:
        ines.look()

    assert len(queries) == 11
    assert PageTest.objects.filter(ended_at=None).count() == 1


def test_the_same_browser_sees_the_same_variant_and_says_which_it_sent(solvane: Organisation, world: World) -> None:
    form = make_form(solvane)
    page = make_page(solvane, form=form)
    second_variant(solvane, page, world.admin)
    seen = set()
    for n in range(30):
        somebody = visitor(page, **{"user-agent": f"{BROWSER}.{n}"})
        titles = {"other" in somebody.look().content.decode() for _again in range(3)}
        assert len(titles) == 1
        letter = "B" if titles.pop() else "A"
        seen.add(letter)
        if n < 6:
            somebody.send(form, email=f"p{n}@acme.example")
            assert latest().context["variant"] == letter
    assert seen == {"A", "B"}
    process_due(solvane)
    assert sum(sent for _views, sent in counted(page).values()) == 6
