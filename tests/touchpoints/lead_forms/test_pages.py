"""The pages of members: building, publishing, showing, and what was sent."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contacts.consent.purposes import PurposeWords, update_purpose
from contacts.consent.services import get_purpose
from contacts.models import Contact
from prm.organisations.models import AuditEntry, Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid
from tests.conftest import World
from tests.touchpoints.lead_forms.builders import address, consent, latest, make_form, visitor
from touchpoints.lead_forms.document import (
    Condition,
    Element,
    ElementKind,
    QuestionType,
    read_document,
    write_document,
)
from touchpoints.lead_forms.editing import add_element, change_element, move_element, remove_element
from touchpoints.lead_forms.guarding import TRAP
from touchpoints.lead_forms.models import FormFile, LeadForm, Submission
from touchpoints.lead_forms.processing import process_due
from touchpoints.lead_forms.services import clean_host, duplicate_form
from touchpoints.lead_forms.starting import Start, element_of, start_document
from touchpoints.models import Interaction


def keys(form: LeadForm) -> list[str]:
    return [one.key for one in read_document(LeadForm.objects.get(pk=form.pk).draft).elements]


def test_a_marketer_makes_a_form_and_publishes_it(solvane: Organisation, world: World) -> None:
    client = world.client(world.marketer)
    assert "No form yet" in client.get(world.path("forms/")).content.decode()

    made = client.post(world.path("forms/new/"), {"name": "Démo 2026", "start": "demo", "language": "fr"}, follow=True)
    form = LeadForm.objects.get()
    assert "is a draft: nobody sees it" in made.content.decode()
    assert (form.code, form.language, form.status) == ("demo-2026", "fr", "draft")
    assert visitor(form).look().status_code == 404
    preview = client.get(world.path(f"forms/{form.pk}/preview/"))
    assert "Demander une démonstration" in preview.content.decode()
    assert "frame-ancestors 'self'" in preview["Content-Security-Policy"]

    shared = client.post(world.path(f"forms/{form.pk}/publish/"), follow=True).content.decode()
    assert f"http://localhost:8000{address(form)}" in shared
    assert "Demander une démonstration" in visitor(LeadForm.objects.get()).look().content.decode()
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "lead_form.create", "lead_form.publish",
    ]  # fmt: skip
    assert "<b>1 form</b> is live." in client.get(world.path("forms/")).content.decode()
    assert "No form like this" in client.get(world.path("forms/?q=nothing")).content.decode()
    assert "Démo 2026" in client.get(world.path("forms/?q=DEMO&state=live")).content.decode()


def test_who_may_not_build_looks(solvane: Organisation, world: World) -> None:
    form = make_form(solvane)
    for person in (world.viewer, world.sales):
        client = world.client(person)
        assert client.get(world.path(f"forms/{form.pk}/")).status_code == 200
        assert client.get(world.path(f"forms/{form.pk}/submissions/")).status_code == 200
        assert client.post(world.path(f"forms/{form.pk}/publish/")).status_code == 403
        assert client.post(world.path(f"forms/{form.pk}/elements/new/"), {"what": "text"}).status_code == 403


def test_elements_are_added_moved_changed_and_removed(solvane: Organisation, world: World) -> None:
    form = make_form(solvane, consent())
    client, url = world.client(world.marketer), world.path(f"forms/{form.pk}/")

    client.post(f"{url}elements/new/", {"what": "contact.phone"})
    opened = client.post(f"{url}elements/new/", {"what": "question"})
    assert opened["Location"].endswith("/elements/question/")
    # Boxes to tick stay last.
    assert keys(form) == ["email", "phone", "question", "consent_partners"]
    page = {"label": "Size", "type": "choice", "choices": "Small\nLarge\n\nSmall", "is_required": "on"}
    assert client.post(f"{url}elements/question/", page).status_code == 302
    assert client.post(f"{url}elements/phone/", {"label": "Phone", "when": "question=Large"}).status_code == 422
    client.post(f"{url}elements/question/move/", {"way": "up"})
    assert client.post(f"{url}elements/phone/", {"label": "Phone", "when": "question=Large"}).status_code == 302
    draft = read_document(LeadForm.objects.get().draft)
    assert draft.find("question") == Element(
        "question", ElementKind.QUESTION, label="Size", type=QuestionType.CHOICE, choices=("Small", "Large"),
        is_required=True,
    )  # fmt: skip
    phone = draft.find("phone")
    assert phone is not None
    assert phone.when == Condition("question", ("Large",))
    # What decided comes later now, or is gone: nothing depends on it any more.
    client.post(f"{url}elements/phone/move/", {"way": "up"})
    phone = read_document(LeadForm.objects.get().draft).find("phone")
    assert phone is not None
    assert phone.when is None
    answer = client.post(f"{url}elements/question/remove/", headers={"hx-request": "true"})
    assert 'id="builder"' in answer.content.decode()
    assert keys(form) == ["email", "phone", "consent_partners"]
    # People still see what was published.
    assert 'name="phone"' not in visitor(form).look().content.decode()
    assert "changes not published" in client.get(url).content.decode()


def test_the_preview_shows_what_is_being_typed_and_keeps_nothing(solvane: Organisation, world: World) -> None:
    form = make_form(solvane, Element("size", ElementKind.QUESTION, label="Size"))
    client, url = world.client(world.marketer), world.path(f"forms/{form.pk}/preview/")
    before = LeadForm.objects.values().get()

    typed = client.post(url, {"editing": "size", "label": "How <big>", "type": "text"}).content.decode()
    assert "How &lt;big&gt;" in typed
    assert (
        "A new title"
        in client.post(url, {"title": "A new title", "colour": "#123", "most_progressive": 2}).content.decode()
    )
    assert client.post(url, {"editing": "nothing"}).status_code == 200
    assert LeadForm.objects.values().get() == before
    style = client.get(world.path(f"forms/{form.pk}/colour.css?colour=ffee00")).content.decode()
    assert "--form-accent: #ffee00; --form-on-accent: #000000" in style


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_required": False}, "Ask for the e-mail address, required"),
        ({"when": Condition("size")}, "Ask for the e-mail address, required"),
    ],
)
def test_a_draft_that_lacks_something_is_not_published(
    solvane: Organisation, world: World, change: dict[str, Any], words: str
) -> None:
    form = make_form(solvane)
    size = Element("size", ElementKind.QUESTION, label="Size")
    email = element_of("contact.email", is_required=True)
    document = start_document(Start.EMPTY, "en").with_elements([size, Element(**{**email.__dict__, **change})])
    LeadForm.objects.update(draft=write_document(document))
    client = world.client(world.marketer)

    answer = client.post(world.path(f"forms/{form.pk}/publish/"), follow=True)

    assert words in answer.content.decode()
    assert LeadForm.objects.get().published_number == form.published_number


def test_a_new_text_of_a_purpose_waits_for_the_form_to_be_published(solvane: Organisation, world: World) -> None:
    form = make_form(solvane, consent())
    client, url = world.client(world.marketer), world.path(f"forms/{form.pk}/")
    assert "changes not published" not in client.get(url).content.decode()
    words = PurposeWords("Partners", "Partenaires", "Another text.", "Un autre texte.")
    update_purpose(
        solvane, purpose_id=get_purpose("partners").pk, words=words, basis="consent", channel="", by=world.admin
    )

    assert "We may pass" in visitor(form).look().content.decode()
    assert "changes not published" in client.get(url).content.decode()
    client.post(f"{url}publish/")
    assert "Another text." in visitor(form).look().content.decode()


def test_a_file_is_given_to_who_sent_the_form(solvane: Organisation, world: World) -> None:
    form = make_form(solvane)
    client, url = world.client(world.marketer), world.path(f"forms/{form.pk}/")
    paper = SimpleUploadedFile("Livre blanc é.pdf", b"%PDF-1.7 words", content_type="application/pdf")
    big = SimpleUploadedFile("big.pdf", b"x" * (10 * 1024 * 1024 + 1), content_type="application/pdf")
    assert client.post(f"{url}after/", {"kind": "file", "message": "Here", "file": big}).status_code == 422
    assert FormFile.objects.count() == 0
    assert client.post(f"{url}after/", {"kind": "file", "message": "Here", "file": paper}).status_code == 302
    client.post(f"{url}publish/")

    ines = visitor(LeadForm.objects.get())
    thanks = ines.client.get(ines.send(email="ines@acme.example")["Location"]).content.decode()
    assert "Download “Livre blanc é.pdf”" in thanks
    link = thanks.partition(' action="')[2].partition('"')[0].removeprefix("http://localhost:8000")
    assert ines.client.get(link).status_code == 405
    process_due(solvane)
    for _again in range(2):
        given = ines.client.post(link)
        assert (given.status_code, given.content, given["Content-Type"]) == (200, b"%PDF-1.7 words", "application/pdf")
        assert given["Content-Disposition"].startswith("attachment; filename*=utf-8''Livre%20blanc")
    act = Interaction.objects.get(kind="download")
    assert act.properties == {"title": "Livre blanc é.pdf", "form": "contact"}
    assert ines.client.post(link[:-8] + "AAAAAAA/").status_code == 404


def test_what_was_held_for_spam_is_taken_in_when_a_member_says_so(solvane: Organisation, world: World) -> None:
    form = make_form(solvane)
    visitor(form).send(email="ines@acme.example", **{TRAP: "x"})
    spam = latest()
    client = world.client(world.marketer)
    listed = client.get(world.path(f"forms/{form.pk}/submissions/"))
    assert "ines@acme.example" not in listed.content.decode()
    held = client.get(world.path(f"forms/{form.pk}/submissions/?status=spam")).content.decode()
    assert "It filled in a field that people do not see." in held

    client.post(world.path(f"forms/submissions/{spam.pk}/accept/"))
    process_due(solvane)

    assert Contact.objects.get().email == "ines@acme.example"
    assert (latest().status, latest().reason) == ("processed", "")
    assert client.post(world.path(f"forms/submissions/{spam.pk}/accept/")).status_code == 409
    assert client.post(world.path(f"forms/submissions/{spam.pk}/refuse/")).status_code == 302
    assert (latest().status, latest().reason) == ("spam", "member")
    assert client.post(world.path(f"forms/submissions/{spam.pk}/refuse/")).status_code == 409
    assert Contact.objects.get().email == "ines@acme.example"
    assert "ines@acme.example" in client.get(world.path(f"forms/submissions/{spam.pk}/")).content.decode()


def test_what_was_sent_is_downloaded_and_runs_in_no_spreadsheet(solvane: Organisation, world: World) -> None:
    form = make_form(solvane, Element("size", ElementKind.QUESTION, label="=Size"), consent())
    for number in range(3):
        visitor(form, query="?utm_source=x").send(email=f"n{number}@acme.example", size="=1+1", consent_partners="on")
    client = world.client(world.sales)

    answer = client.get(world.path(f"forms/{form.pk}/submissions/export/"))
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))

    assert answer["Content-Disposition"].startswith('attachment; filename="solvane-contact-')
    assert rows[0][:5] == ["Received", "State", "Contact", "E-mail", "'=Size"]
    assert [row[3:6] for row in rows[1:]] == [[f"n{n}@acme.example", "'=1+1", "yes"] for n in (2, 1, 0)]


def test_a_copy_is_a_draft_of_its_own_with_its_own_file(solvane: Organisation, world: World) -> None:
    form = make_form(solvane)
    client = world.client(world.marketer)
    paper = SimpleUploadedFile("a.pdf", b"words", content_type="application/pdf")
    client.post(world.path(f"forms/{form.pk}/after/"), {"kind": "file", "file": paper})
    copy = duplicate_form(solvane, form_id=form.pk, by=world.marketer)

    assert (copy.status, copy.code, copy.published_number) == ("draft", "contact-copy", None)
    assert copy.key != form.key
    assert FormFile.objects.count() == 2
    assert read_document(copy.draft).after.file_id == FormFile.objects.get(form=copy).pk


def test_drafts_refuse_what_cannot_be(solvane: Organisation, world: World) -> None:
    form = make_form(solvane)
    for what in ("contact.owner_id", "contact.custom.none", "consent:", ""):
        with pytest.raises(Invalid):
            add_element(solvane, form_id=form.pk, what=what, by=world.marketer)
    with pytest.raises(Invalid):
        change_element(solvane, form_id=form.pk, key="email", values={"label": " "}, by=world.marketer)
    for _more in range(59):
        add_element(solvane, form_id=form.pk, what="text", by=world.marketer)
    with pytest.raises(Conflict, match="at most 60"):
        add_element(solvane, form_id=form.pk, what="text", by=world.marketer)
    move_element(solvane, form_id=form.pk, key="email", is_up=True, by=world.marketer)
    remove_element(solvane, form_id=form.pk, key="text", by=world.marketer)
    assert len(keys(form)) == 59
    client, url = world.client(world.marketer), world.path(f"forms/{form.pk}/after/")
    for bad in (
        "",
        "javascript:alert(1)",
        "https://",
        "https://a b",
        "ftp://a.example",
        "https://u:p@a.example/",
        "//a",
    ):
        assert client.post(url, {"kind": "redirect", "url": bad}).status_code == 422, bad
    assert client.post(url, {"kind": "redirect", "url": "https://www.acme.example/x?y=1#z"}).status_code == 302


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://www.Acme.fr/page", "www.acme.fr"),
        ("localhost:8080", "localhost:8080"),
        ("*.acme.fr", "*.acme.fr"),
        ("été.fr", "xn--t-9fab.fr"),
        ("*", None),
        ("a.*.fr", None),
        ("a b", None),
        ("'self'", None),
        ("a.fr; script-src *", None),
        ("http://a.fr:99999", None),
    ],
)
def test_a_site_is_named_as_browsers_name_it(scoped: World, typed: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(Invalid):
            clean_host(typed)
    else:
        assert clean_host(typed) == kept


def test_the_twins_forms_are_no_business_of_ours(solvane: Organisation, world: World) -> None:
    with organisation_scope(world.twin.pk):
        theirs = make_form(world.twin)
    client = world.client(world.admin)
    assert client.get(world.path(f"forms/{theirs.pk}/")).status_code == 404
    assert client.post(world.path(f"forms/{theirs.pk}/publish/")).status_code == 404
    assert Submission.objects.count() == 0
