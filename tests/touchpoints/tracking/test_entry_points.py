"""How somebody began is kept for good: visits, merges and other browsers change nothing of it; segments ask it."""

import pytest

from contacts.doubles.merging import merge_contacts
from contacts.models import Contact
from contacts.segments.keeping import keep_segments
from contacts.segments.matching import ask, match_people
from contacts.segments.models import Segment, SegmentMember, TouchedContact
from contacts.segments.services import SegmentInput, create_segment
from prm.organisations.models import Organisation
from tests.conftest import World
from tests.touchpoints.tracking.sending import make_site, new_browser, page, read, send
from touchpoints.models import Touchpoint
from touchpoints.tracking.identity import identify
from touchpoints.tracking.models import Site, Visit, Visitor
from touchpoints.tracking.queries import list_visitors_of

GOOGLE = "https://www.google.fr/"
SPRING = "/?utm_source=linkedin&utm_medium=cpc&utm_campaign=printemps"


@pytest.fixture
def solvane(scoped: World) -> Organisation:
    return scoped.organisation


@pytest.fixture
def site(solvane: Organisation) -> Site:
    return make_site(solvane)


def person(organisation: Organisation, name: str) -> Contact:
    return Contact.objects.create(organisation=organisation, email=f"{name}@acme.example", last_name=name)


def come(site: Site, browser: str, path: str = "/", *, ago: float = 0, **said: str) -> None:
    send(site, page(path, ago=ago, **said), browser=browser)
    read(site.organisation)


def be(site: Site, browser: str, contact: Contact) -> None:
    identify(site.organisation, browser=browser, contact_id=contact.pk)
    read(site.organisation)


def matched(organisation: Organisation, field: str, op: str, value: str) -> list[int]:
    return match_people(ask(organisation, {"field": f"entry.{field}", "op": op, "value": value}))


def test_later_visits_do_not_change_it(solvane: Organisation, site: Site) -> None:
    browser, ines = new_browser(), person(solvane, "ines")
    come(site, browser, "/blog", ago=9000, referrer=GOOGLE)
    come(site, browser, SPRING, ago=60)
    be(site, browser, ines)
    come(site, browser, "/?utm_source=other&utm_campaign=x")
    visitor = Visitor.objects.get()
    assert (visitor.visit_count, visitor.entry_kind, visitor.entry_source, visitor.entry_campaign) == (
        2,
        "search",
        "Google",
        "",
    )
    assert visitor.entry_url == "https://www.acme.fr/blog"
    assert matched(solvane, "kind", "is", "search") == [ines.pk]
    assert matched(solvane, "source", "is", "google") == [ines.pk]
    assert matched(solvane, "campaign", "is", "printemps") == []
    assert matched(solvane, "url", "contains", "/blog") == [ines.pk]


def test_of_two_browsers_and_of_two_merged_people_the_older_wins(solvane: Organisation, site: Site) -> None:
    old, new, third = (new_browser() for _n in range(3))
    ines, double = person(solvane, "ines"), person(solvane, "double")
    come(site, new, SPRING, ago=100)
    be(site, new, ines)
    come(site, third, "/", ago=50)
    be(site, third, ines)
    assert matched(solvane, "campaign", "is", "printemps") == [ines.pk]
    come(site, old, "/old", ago=20_000, referrer=GOOGLE)
    be(site, old, double)
    merge_contacts(solvane, contact_ids=[ines.pk, double.pk], survivor_id=ines.pk, take={"email": ines.pk}, by="admin")
    first, *_others = list_visitors_of(ines)
    assert first.entry_url == "https://www.acme.fr/old"
    assert matched(solvane, "kind", "is", "search") == [ines.pk]
    assert matched(solvane, "campaign", "is", "printemps") == []


def test_a_touchpoint_one_began_with(solvane: Organisation, site: Site) -> None:
    browser, ines = new_browser(), person(solvane, "ines")
    come(site, browser)
    be(site, browser, ines)
    prices = Touchpoint.objects.create(organisation=solvane, name="Prices", code="prices")
    Touchpoint.objects.create(organisation=solvane, name="Other", code="other")
    Visitor.objects.update(entry_touchpoint=prices)
    assert matched(solvane, "touchpoint", "is", "prices") == [ines.pk]
    assert matched(solvane, "touchpoint", "is", "other") == []
    assert match_people(ask(solvane, {"field": "entry.touchpoint", "op": "is_not_set"})) == []


def test_a_segment_follows_who_is_joined(solvane: Organisation, site: Site) -> None:
    condition = {"field": "entry.kind", "op": "is", "value": "search"}
    segment = create_segment(solvane, values=SegmentInput("Found us", condition), by="admin")
    keep_segments(solvane)
    browser, ines = new_browser(), person(solvane, "ines")
    come(site, browser, referrer=GOOGLE)
    keep_segments(solvane)
    assert not SegmentMember.objects.exists()
    be(site, browser, ines)
    keep_segments(solvane)
    assert SegmentMember.objects.get(left_at=None).contact_id == ines.pk
    Visitor.objects.update(contact=None)
    keep_segments(solvane)
    assert Segment.objects.get(pk=segment.pk).size == 0


def test_counting_a_page_looks_at_no_segment(solvane: Organisation, site: Site) -> None:
    condition = {"field": "entry.kind", "op": "is", "value": "search"}
    create_segment(solvane, values=SegmentInput("Found us", condition), by="admin")
    browser, ines = new_browser(), person(solvane, "ines")
    come(site, browser, ago=60, referrer=GOOGLE)
    be(site, browser, ines)
    keep_segments(solvane)
    Visitor.objects.update(page_count=9)
    assert not TouchedContact.objects.exists()
    assert Visit.objects.count() == 1
