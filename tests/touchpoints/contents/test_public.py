"""The public address of a content: open ones lead on and count, gated ones ask first, nothing else gets through."""

import re
import time
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from contacts.models import Contact
from contacts.rights.erasing import erase_contact
from prm.organisations.models import Organisation
from tests.conftest import World
from tests.touchpoints.contents.library import PDF, browser, make_content, opened, path
from tests.touchpoints.interests.acting import person
from tests.touchpoints.lead_forms.builders import make_form, token
from tests.touchpoints.tracking.sending import GOOGLEBOT, make_site, new_browser
from touchpoints.contents.models import Content
from touchpoints.contents.services import archive_content
from touchpoints.contents.tokens import Reader, Who, make_token, read_token
from touchpoints.lead_forms.models import FormDay, Submission
from touchpoints.lead_forms.processing import process_due
from touchpoints.lead_forms.services import archive_form
from touchpoints.models import Interaction
from touchpoints.tracking.models import Site, Visitor

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?')


def readings() -> list[tuple[Any, ...]]:
    return list(Interaction.objects.order_by("pk").values_list("kind", "contact_id", "verdict"))


def test_an_open_page_is_led_on_to_and_counted_once(solvane: Organisation) -> None:
    content = make_content(solvane)
    first, again = opened(content), opened(content)
    assert (first.status_code, first["Location"]) == (302, "https://www.acme.fr/blog/pump")
    assert again.status_code == 302
    assert first["X-Robots-Tag"] == "noindex"
    assert readings() == [("content_read", None, "human")]
    row = Interaction.objects.get()
    assert row.properties == {"content": content.pk, "title": "Choosing a pump", "theme": "Pompes", "link": content.url}


def test_a_file_is_given_as_what_it_is(solvane: Organisation) -> None:
    content = make_content(solvane, file=PDF)
    response = opened(content)
    assert response.content == b"%PDF-1.7 a guide"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="guide.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert readings() == [("download", None, "human")]


def test_looking_without_reading_counts_nothing(solvane: Organisation) -> None:
    page, file = make_content(solvane), make_content(solvane, "Guide", file=PDF)
    head = browser().head(path(file))
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", "16")
    assert browser().head(path(page)).status_code == 302
    assert opened(page, agent=GOOGLEBOT).status_code == 302
    assert opened(file, agent="curl/8.5").status_code == 200
    assert browser(**{"sec-purpose": "prefetch"}).get(path(page)).status_code == 302
    assert readings() == []
    assert browser().put(path(page)).status_code == 405


def test_a_link_of_ones_own_message_counts_as_ones_own(solvane: Organisation) -> None:
    ada, content = person(solvane), make_content(solvane, form=make_form(solvane))
    mine = Reader(Who.CONTACT, ada.pk)
    assert opened(content, mine)["Location"] == content.url
    assert opened(content, mine).status_code == 302
    assert readings() == [("content_read", ada.pk, "human")]
    # Not for another content, nor made by anybody else, nor for ever.
    other = make_content(solvane, "Another", form=make_form(solvane, name="Other"))
    assert browser().get(f"{path(other)}?k={make_token(content, mine)}").status_code == 200
    assert browser().get(f"{path(content)}?k=forged").status_code == 200
    assert len(readings()) == 1


def test_an_old_link_says_nothing_any_more(solvane: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, content = person(solvane), make_content(solvane)
    made = make_token(content, Reader(Who.CONTACT, ada.pk))
    assert read_token(content, made) == Reader(Who.CONTACT, ada.pk)
    later = time.time() + 181 * 86_400
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert read_token(content, made) is None


def test_somebody_erased_is_nobody(solvane: Organisation, world: World) -> None:
    ada, content = person(solvane), make_content(solvane, form=make_form(solvane))
    erase_contact(solvane, contact_id=ada.pk, by=world.admin)
    response = opened(content, Reader(Who.CONTACT, ada.pk))
    assert response.status_code == 200
    assert "lead-form" in response.content.decode()
    assert readings() == []


def test_a_form_stands_first_and_leads_to_the_content(solvane: Organisation) -> None:
    form = make_form(solvane)
    content = make_content(solvane, file=PDF, form=form, summary="All about pumps.")
    visitor = browser()
    asked = visitor.get(path(content))
    page = asked.content.decode()
    assert asked.status_code == 200
    assert "Choosing a pump" in page
    assert "All about pumps." in page
    assert f'action="{path(content)}"' in page
    assert FormDay.objects.get().shown == 1

    sent = visitor.post(path(content), _filled(page, form, email=""))
    assert sent.status_code == 422
    assert b"%PDF" not in sent.content
    sent = visitor.post(path(content), _filled(page, form, email="ada@acme.example"))
    assert sent.status_code == 303
    ready = visitor.get(sent["Location"])
    assert "It is ready for you" in ready.content.decode()
    assert "download" not in [kind for kind, *_rest in readings()]

    link = unescape(re.search(r'class="lead-send" href="([^"]+)"', ready.content.decode())[1])  # type: ignore[index]
    given = visitor.get(link)
    assert given.content == b"%PDF-1.7 a guide"
    # Taken in there and then: the reading is theirs though no worker ran.
    ada = Contact.objects.get(email="ada@acme.example")
    assert readings() == [("form_sent", ada.pk, "human"), ("download", ada.pk, "human")]
    process_due(solvane)
    assert Submission.objects.get().contact_id == ada.pk
    assert len(readings()) == 2


def test_a_pass_is_of_one_content_and_its_form(solvane: Organisation) -> None:
    form, other = make_form(solvane), make_form(solvane, name="Other")
    content, second = make_content(solvane, file=PDF, form=form), make_content(solvane, "B", file=PDF, form=other)
    visitor = browser()
    sent = visitor.post(path(content), _filled(visitor.get(path(content)).content.decode(), form, email="a@b.example"))
    query = sent["Location"].partition("?")[2].removesuffix("&ready=1")
    assert visitor.get(f"{path(content)}?{query}").content.startswith(b"%PDF")
    assert b"lead-form" in visitor.get(f"{path(second)}?{query}").content
    Content.objects.filter(pk=content.pk).update(form=other)
    assert b"lead-form" in visitor.get(f"{path(content)}?{query}").content


def test_a_form_that_was_put_away_opens_no_gate(solvane: Organisation) -> None:
    form = make_form(solvane)
    content = make_content(solvane, file=PDF, form=form)
    archive_form(solvane, form_id=form.pk, by=None)
    for response in (opened(content), browser().post(path(content), {"email": "ada@acme.example"})):
        assert response.status_code == 410
        assert "cannot be had just now" in response.content.decode()
        assert b"%PDF" not in response.content
    assert Submission.objects.count() == 0


def test_what_was_put_away_says_so(solvane: Organisation) -> None:
    content = make_content(solvane)
    archive_content(solvane, content_id=content.pk, by=None)
    assert opened(content).status_code == 410
    assert readings() == []


def test_no_other_address_leads_anywhere(solvane: Organisation, world: World) -> None:
    content = make_content(solvane)
    for wrong in ("x", f"{solvane.pk}-nothing", f"{world.twin.pk}-{content.key}", f"999999-{content.key}"):
        response = browser().get(f"/c/{wrong}/")
        assert response.status_code == 404
        assert "There is nothing here" in response.content.decode()


def test_a_browser_of_a_tracked_site_is_known_by_its_id(solvane: Organisation) -> None:
    make_site(solvane)
    id_, now = new_browser(), timezone.now()
    visitor = Visitor.objects.create(
        organisation=solvane, uid=new_browser(), browser=id_, browser_key="k", since=now, first_at=now, last_at=now
    )
    content = make_content(solvane)
    browser().get(f"{path(content)}?prm_visitor={id_}")
    assert str(Interaction.objects.get().visitor_id) == visitor.uid
    # The link that is proposed to a visitor says the same.
    other = make_content(solvane, "B", url="https://www.acme.fr/b")
    opened(other, Reader(Who.VISITOR, visitor.pk))
    assert Interaction.objects.filter(visitor_id=visitor.uid).count() == 2


def test_who_is_unknown_and_goes_on_to_a_tracked_page_is_seen_there(solvane: Organisation) -> None:
    make_site(solvane)
    content, ada = make_content(solvane), person(solvane)
    Site.objects.update(last_hit_at=timezone.now())
    assert opened(content)["Location"] == content.url
    assert readings() == []
    # Somebody known is noted, and named to the tracker once.
    assert "?prm_c=" in opened(content, Reader(Who.CONTACT, ada.pk))["Location"]
    assert readings() == [("content_read", ada.pk, "human")]


def _filled(page: str, form: Any, **answers: str) -> dict[str, str]:
    cache.clear()
    hidden = {name: unescape(text) for name, text in _HIDDEN.findall(page)}
    return {**hidden, "prm_token": token(form), **answers}
