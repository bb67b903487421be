"""Members make, change, publish and put away landing pages; what cannot be used is said and nothing is lost."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from prm.organisations.models import AuditEntry, Organisation, User
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.touchpoints.landing_pages.builders import address, make_page, picture_bytes, upload, visitor
from tests.touchpoints.lead_forms.builders import make_form
from touchpoints.appearance.models import Appearance, Picture
from touchpoints.landing_pages.document import BlockKind, read_document
from touchpoints.landing_pages.models import LandingPage, PageVariant
from touchpoints.landing_pages.services import archive_page, duplicate_page, publish_page
from touchpoints.lead_forms.tokens import address_of


class Member:
    """A member at the product's pages."""

    def __init__(self, world: World, user: User) -> None:
        self.client, self.base = world.client(user), f"/o/{world.organisation.slug}/pages/"

    def get(self, rest: str = "") -> HttpResponse:
        return self.client.get(self.base + rest)  # type: ignore[return-value]

    def post(self, rest: str, data: dict[str, Any] | None = None, **more: Any) -> HttpResponse:
        return self.client.post(self.base + rest, data or {}, **more)  # type: ignore[return-value]


@pytest.fixture
def marketer(world: World, solvane: Organisation) -> Member:
    return Member(world, world.marketer)


def only() -> LandingPage:
    return LandingPage.objects.get()


def draft(page: LandingPage) -> Any:
    return read_document(PageVariant.objects.get(page=page, letter="A").draft)


def test_a_marketer_makes_a_page_from_a_usual_one_and_publishes_it(marketer: Member, solvane: Organisation) -> None:
    form = make_form(solvane, language="fr")

    made = marketer.post("new/", {"name": "Livre blanc été", "start": "white_paper", "language": "fr"})

    page = only()
    assert made["Location"] == f"{marketer.base}{page.pk}/"
    assert (page.slug, page.status) == ("livre-blanc-ete", "draft")
    assert [one.kind for one in draft(page).blocks] == ["title", "text", "proof", "form"]
    assert draft(page).blocks[-1].form_id == form.pk
    assert "Le guide de" in draft(page).blocks[0].title
    marketer.post(f"{page.pk}/publish/")
    html = visitor(only()).look().content.decode()
    assert "Recevoir le livre blanc" in html
    assert 'name="email"' in html
    listed = marketer.get().content.decode()
    assert f"{marketer.base}{page.pk}/" in listed


def test_without_a_form_a_page_says_what_is_missing(marketer: Member, solvane: Organisation) -> None:
    marketer.post("new/", {"name": "Demo", "start": "demo", "language": "en"})

    answer = marketer.post(f"{only().pk}/publish/", follow=True)

    assert "Choose a form that is published." in answer.content.decode()
    assert only().status == "draft"


def test_blocks_are_added_moved_changed_and_removed(marketer: Member, solvane: Organisation) -> None:
    page = make_page(solvane, form=make_form(solvane))

    added = marketer.post(f"{page.pk}/blocks/new/?variant=A", {"what": "text"})
    assert added["Location"] == f"{marketer.base}{page.pk}/blocks/text/?variant=A"
    assert [one.key for one in draft(page).blocks] == ["title", "text", "form"]
    marketer.post(f"{page.pk}/blocks/text/", {"title": " What ", "text": "**It**"})
    marketer.post(f"{page.pk}/blocks/text/move/", {"way": "up"})
    assert [one.key for one in draft(page).blocks] == ["text", "title", "form"]
    assert (draft(page).blocks[0].title, draft(page).blocks[0].text) == ("What", "**It**")
    preview = marketer.get(f"{page.pk}/preview/")
    assert "<strong>It</strong>" in preview.content.decode()
    assert "<strong>It</strong>" not in visitor(page).look().content.decode()
    marketer.post(f"{page.pk}/blocks/text/remove/")
    assert [one.key for one in draft(page).blocks] == ["title", "form"]


def test_in_place_the_builder_comes_back(marketer: Member, solvane: Organisation) -> None:
    page = make_page(solvane)
    htmx = {"hx-request": "true"}

    editor = marketer.client.get(f"{marketer.base}{page.pk}/blocks/title/?variant=A", headers=htmx)
    wrong = marketer.client.post(f"{marketer.base}{page.pk}/blocks/title/?variant=A", {"title": ""}, headers=htmx)
    right = marketer.client.post(f"{marketer.base}{page.pk}/blocks/title/?variant=A", {"title": "New"}, headers=htmx)

    assert editor.content.decode().lstrip().startswith('<form method="post" id="editor"')
    assert (wrong.status_code, "Write the title." in wrong.content.decode()) == (422, True)
    assert right["HX-Retarget"] == "#builder"
    assert 'id="builder"' in right.content.decode()
    assert draft(page).blocks[0].title == "New"


def test_what_is_typed_is_previewed_and_not_kept(marketer: Member, solvane: Organisation) -> None:
    page = make_page(solvane)

    shown = marketer.post(f"{page.pk}/preview/", {"editing": "title", "title": "Typed", "subtitle": "", "button": ""})

    assert "<h1>Typed</h1>" in shown.content.decode()
    assert draft(page).blocks[0].title == "The guide"


def test_a_picture_is_written_anew_and_described(marketer: Member, solvane: Organisation) -> None:
    page = make_page(solvane)
    marketer.post(f"{page.pk}/blocks/new/", {"what": "picture"})
    rest = f"{page.pk}/blocks/picture/"

    bare = marketer.post(rest, {"picture": upload(), "alt": ""})
    kept = marketer.post(rest, {"picture": upload(picture_bytes("JPEG", (4000, 200)), "big.jpg"), "alt": "A team"})

    assert (bare.status_code, "Say what the picture shows" in bare.content.decode()) == (422, True)
    assert kept.status_code == 302
    picture = Picture.objects.get(pk=draft(page).find("picture").picture_id)
    assert (picture.content_type, picture.width, picture.height) == ("image/jpeg", 1800, 90)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"%PDF-1.7",
        picture_bytes()[:40],
        b"\x89PNG\r\n\x1a\n" + b"0" * (30 * 1024 * 1024),
    ],
    ids=["empty", "words", "svg", "pdf", "cut", "30 MB"],
)
def test_what_is_no_picture_is_refused(marketer: Member, solvane: Organisation, content: bytes) -> None:
    page = make_page(solvane)
    marketer.post(f"{page.pk}/blocks/new/", {"what": "picture"})

    answer = marketer.post(
        f"{page.pk}/blocks/picture/",
        {"picture": SimpleUploadedFile("x.png", content, "image/png"), "alt": "A team"},
    )

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert 'value="A team"' in answer.content.decode()
    assert Picture.objects.count() == 0


def test_a_bomb_of_pixels_is_refused(marketer: Member, solvane: Organisation) -> None:
    page = make_page(solvane)
    marketer.post(f"{page.pk}/blocks/new/", {"what": "picture"})
    bomb = picture_bytes("PNG", (9000, 9000))
    assert len(bomb) < 2_000_000

    answer = marketer.post(f"{page.pk}/blocks/picture/", {"picture": upload(bomb), "alt": "x"})

    assert "too many pixels" in answer.content.decode()
    assert Picture.objects.count() == 0


def test_logos_are_added_named_and_taken_away(marketer: Member, solvane: Organisation) -> None:
    page = make_page(solvane)
    marketer.post(f"{page.pk}/blocks/new/", {"what": "proof:logos"})
    rest = f"{page.pk}/blocks/proof/"

    both = [upload(name="acme-logo.png"), upload(picture_bytes(size=(50, 50)), "globex.png")]
    marketer.post(rest, {"logos": both})
    assert [one.alt for one in draft(page).find("proof").logos] == ["Acme", "Globex"]
    marketer.post(rest, {"logo_0": "", "logo_1": "Globex SA"})
    assert [one.alt for one in draft(page).find("proof").logos] == ["Globex SA"]


def test_anothers_form_is_not_offered_nor_taken(marketer: Member, solvane: Organisation, world: World) -> None:
    with organisation_scope(world.twin.pk):
        theirs = make_form(world.twin)
    page = make_page(solvane, form=make_form(solvane))

    answer = marketer.post(f"{page.pk}/blocks/form/", {"form_id": str(theirs.pk)})

    assert answer.status_code == 422
    assert draft(page).find("form").form_id != theirs.pk


@pytest.mark.parametrize("slug", ["taken", "With Space", "été", "-x", "", "a" * 81])
def test_an_address_that_cannot_be_is_refused(marketer: Member, solvane: Organisation, slug: str) -> None:
    make_page(solvane, name="Taken")
    page = make_page(solvane)

    answer = marketer.post(f"{page.pk}/settings/", {"name": "Guide", "slug": slug, "language": "en"})

    assert answer.status_code == 422
    assert LandingPage.objects.get(pk=page.pk).slug == "guide"


def test_a_translation_is_a_draft_in_the_other_language(marketer: Member, solvane: Organisation) -> None:
    page = make_page(solvane)

    marketer.post(f"{page.pk}/duplicate/", {"language": "fr"})
    again = marketer.post(f"{page.pk}/duplicate/", {"language": "fr"}, follow=True)

    copy = LandingPage.objects.exclude(pk=page.pk).get()
    assert (copy.language, copy.original_id, copy.status) == ("fr", page.pk, "draft")
    assert "That page stands in this language already." in again.content.decode()
    assert address(copy) not in visitor(page).look().content.decode()
    publish_page(solvane, page_id=copy.pk, by=None)
    assert address(copy) in visitor(page).look().content.decode()


def test_a_copy_has_an_address_of_its_own(solvane: Organisation) -> None:
    page = make_page(solvane)

    copies = [duplicate_page(solvane, page_id=page.pk, by=None) for _n in range(2)]

    assert [one.slug for one in copies] == ["guide-copy", "guide-copy-2"]
    assert [draft(one) == draft(page) for one in copies] == [True, True]


def test_publishing_twice_makes_no_second_version(solvane: Organisation) -> None:
    page = make_page(solvane)

    publish_page(solvane, page_id=page.pk, by=None)

    assert page.versions.count() == 1


def test_who_may_only_look_changes_nothing(world: World, solvane: Organisation) -> None:
    page = make_page(solvane)
    viewer = Member(world, world.viewer)

    assert viewer.get(f"{page.pk}/").status_code == 200
    assert viewer.get(f"{page.pk}/variants/").status_code == 200
    assert viewer.post(f"{page.pk}/variants/shares/", {"A": "100"}).status_code == 403
    assert viewer.post(f"{page.pk}/archive/").status_code == 403
    assert viewer.post("new/", {"name": "x"}).status_code == 403
    assert LandingPage.objects.get().archived_at is None


def test_what_members_do_is_in_the_audit_log(marketer: Member, solvane: Organisation) -> None:
    page = make_page(solvane)
    marketer.post(f"{page.pk}/blocks/title/", {"title": "New"})
    marketer.post(f"{page.pk}/publish/")
    archive_page(solvane, page_id=page.pk, by=None)

    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))

    assert actions[-3:] == ["landing_page.draft", "landing_page.publish", "landing_page.archive"]


def test_the_look_is_set_once_for_pages_forms_and_surveys(world: World, solvane: Organisation) -> None:
    client = world.client(world.marketer)
    path = f"/o/{solvane.slug}/settings/appearance/"

    wrong = client.post(path, {"colour": "blueish"})
    kept = client.post(path, {"colour": "#FD0", "logo": upload()}, follow=True)

    assert (wrong.status_code, "Write a colour as #0b6b53." in wrong.content.decode()) == (422, True)
    appearance = Appearance.objects.get()
    assert appearance.colour == "#ffdd00"
    assert "Too pale for links on light pages" in kept.content.decode()
    form = make_form(solvane)

    html = client.get(f"/f/{address_of(form)}/").content.decode()
    assert appearance.logo is not None
    assert f"/i/{solvane.pk}/{appearance.logo.digest}.webp" in html
    assert "#ffdd00" in client.get(f"/f/{address_of(form)}/colour.css").content.decode()
    client.post(path, {"colour": "", "removes_logo": "on"})
    assert (Appearance.objects.get().logo_id, Appearance.objects.get().colour) == (None, "")


def test_a_page_without_a_title_is_not_published(marketer: Member, solvane: Organisation) -> None:
    page = make_page(solvane)
    marketer.post(f"{page.pk}/blocks/title/remove/")

    answer = marketer.post(f"{page.pk}/publish/", follow=True)

    assert "Give the page a title." in answer.content.decode()
    assert "The guide" in visitor(page).look().content.decode()
    assert all(one.kind != BlockKind.TITLE for one in draft(page).blocks)
