"""The next content: not read, in their language, for how far they are, of what they care about."""

from uuid import uuid4

import pytest
from django.utils import timezone

from contacts.models import Contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.touchpoints.contents.library import browser, make_content, opened, theme_of
from tests.touchpoints.interests.acting import follow, happens, looked, person, theme
from tests.touchpoints.lead_forms.builders import make_form
from touchpoints.contents.models import Reading
from touchpoints.contents.proposing import next_contents
from touchpoints.contents.services import archive_content
from touchpoints.contents.tokens import Reader, Who
from touchpoints.lead_forms.services import close_form
from touchpoints.tracking.models import Visitor

pytestmark = pytest.mark.usefixtures("committed")


def titles(organisation: Organisation, **who: object) -> list[str]:
    with organisation_scope(organisation.pk):
        found = next_contents(organisation, language="en", limit=9, **who)  # type: ignore[arg-type]
    return [one.title for one in found]


def test_the_heaviest_interest_comes_first_and_what_was_read_never(solvane: Organisation) -> None:
    ada = person(solvane)
    pumps, valves = theme(solvane, "Pompes", "/pompes/*"), theme_of(solvane, "Vannes")
    make_content(solvane, "Valves", theme=valves, url="https://www.acme.fr/v")
    read = make_content(solvane, "Pumps I", theme=pumps, url="https://www.acme.fr/p1")
    make_content(solvane, "Pumps II", theme=pumps, url="https://www.acme.fr/p2")
    make_content(solvane, "Pompes III", theme=pumps, url="https://www.acme.fr/p3", language="fr")
    assert titles(solvane) == ["Pumps II", "Pumps I", "Valves"]
    happens(solvane, looked(ada, seconds=300))
    opened(read, Reader(Who.CONTACT, ada.pk))
    follow(solvane)
    # Following a link of one's own is a first contact.
    ada.refresh_from_db()
    assert (ada.stage, titles(solvane, contact=ada)) == ("prospect", ["Pumps II", "Valves"])
    with organisation_scope(solvane.pk):
        (best, _other) = next_contents(solvane, contact=ada, language="en", limit=5)
        assert best.why == "about Pompes, which interests them most"
        assert next_contents(solvane, contact=ada, language="en", limit=0) == []
        (french,) = next_contents(solvane, contact=ada, language="fr-FR", limit=5)
        assert french.why == "sur Pompes, ce qui l’intéresse le plus"
    # The link is their own: it counts as theirs.
    assert browser().get(best.link).status_code == 302
    follow(solvane)
    assert titles(solvane, contact=ada) == ["Valves"]
    assert set(Reading.objects.values_list("contact_id", flat=True)) == {ada.pk}


def test_a_stage_decides_where_interests_do_not(solvane: Organisation) -> None:
    ada = person(solvane)
    make_content(solvane, "For prospects", stage="prospect", url="https://www.acme.fr/1")
    make_content(solvane, "For suspects", stage="suspect", url="https://www.acme.fr/2")
    make_content(solvane, "For customers", stage="customer", url="https://www.acme.fr/3")
    assert titles(solvane) == ["For suspects", "For prospects", "For customers"]
    for stage, first in (("prospect", "For prospects"), ("accepted", "For customers"), ("lost", "For suspects")):
        Contact.objects.filter(pk=ada.pk).update(stage=stage)
        ada.refresh_from_db()
        assert titles(solvane, contact=ada)[0] == first


def test_nothing_that_nobody_gets_is_proposed(solvane: Organisation, world: World) -> None:
    form = make_form(solvane)
    make_content(solvane, "Gated", form=form, url="https://www.acme.fr/1")
    gone = make_content(solvane, "Gone", url="https://www.acme.fr/2")
    with organisation_scope(world.twin.pk):
        make_content(world.twin, "Theirs", url="https://www.acme.fr/3")
    assert titles(solvane) == ["Gone", "Gated"]
    close_form(solvane, form_id=form.pk, by=None)
    archive_content(solvane, content_id=gone.pk, by=None)
    assert titles(solvane) == []


def test_a_visitor_gets_what_suits_what_they_did_and_a_known_one_what_suits_them(solvane: Organisation) -> None:
    ada, now = person(solvane), timezone.now()
    pumps, valves = theme(solvane, "Pompes", "/pompes/*"), theme(solvane, "Vannes", "/vannes/*")
    make_content(solvane, "Pumps", theme=pumps, url="https://www.acme.fr/p")
    make_content(solvane, "Valves", theme=valves, url="https://www.acme.fr/v")
    visitor = Visitor.objects.create(
        organisation=solvane, uid=uuid4(), browser=uuid4(), browser_key="k", since=now, first_at=now, last_at=now
    )
    happens(solvane, looked(None, visitor_id=str(visitor.uid), seconds=200), looked(ada, "/vannes/a", seconds=200))
    assert titles(solvane, visitor=visitor) == ["Pumps", "Valves"]
    Visitor.objects.filter(pk=visitor.pk).update(contact=ada)
    visitor.refresh_from_db()
    assert titles(solvane, visitor=visitor) == ["Valves", "Pumps"]


def test_a_page_view_of_a_tracked_page_is_a_reading(solvane: Organisation) -> None:
    ada = person(solvane)
    make_content(solvane, "Pumps", url="https://acme.fr/Pompes/guide/")
    happens(solvane, looked(ada, "/pompes/guide", seconds=70), looked(ada, "/pompes/guide/2"))
    reading = Reading.objects.get()
    assert (reading.contact_id, reading.seconds, reading.kind) == (ada.pk, 70, "page_view")
    assert titles(solvane, contact=ada) == []
