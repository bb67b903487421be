"""From how sure a name is matched without a person: the organisation's choice, on its page and in the answers."""

import pytest

from contacts.models import Company
from contacts.normalising import company_key
from enrichment.asking import ask_due_lookups
from enrichment.models import Lookup, MatchingRule
from enrichment.providers.outcomes import Ambiguous, Found, NotFound, Question
from enrichment.providers.records import CompanyRecord
from enrichment.services import request_lookup
from enrichment.settling import USUAL_PERCENT, get_automatic_percent, get_examples, set_automatic_percent, settle
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from tests.enrichment.register import Register, company, establishment

RECORD = CompanyRecord("732829320", name="SOLVANE", postcode="44000", city="NANTES")
OTHER = CompanyRecord("404833048", name="SOLVANE LITTORAL", postcode="44000", city="NANTES")


def test_what_is_less_sure_than_wanted_is_left_to_a_person_with_the_others_beside_it() -> None:
    question = Question(name="Solvane", city="Nantes")
    found = Found(RECORD, score=0.9, others=(OTHER,))

    assert settle(question, found, 90) is found
    assert settle(question, found, 92) == Ambiguous((RECORD, OTHER))
    assert settle(question, found, None) == Ambiguous((RECORD, OTHER))
    assert settle(Question(siren="732829320"), Found(RECORD), None) == Found(RECORD)
    assert settle(question, NotFound(), None) == NotFound()


def asked(world: World, **given: str) -> tuple[Company, Lookup]:
    with organisation_scope(world.organisation.pk):
        one = Company.objects.create(organisation=world.organisation, name_key=company_key(given["name"]), **given)
        lookup = request_lookup(world.organisation, company=one, by=world.admin)
        ask_due_lookups(world.organisation, seconds=5)
        lookup.refresh_from_db()
        one.refresh_from_db()
        return one, lookup


def test_one_name_is_written_or_waits_as_the_organisation_wants(world: World, register: Register) -> None:
    register.add(company("813290012", "FONDERIES VERNAY", siege=establishment("81329001200017")))
    page, lookups = world.path("enrichment/matching/"), world.path("enrichment/")
    client = world.client(world.admin)

    # The name alone, without a place: 89 %.
    one, lookup = asked(world, name="Fonderies Vernay", domain="vernay.example")
    assert (lookup.status, one.siren, lookup.answer["score"]) == ("found", "813290012", 0.89)
    text = client.get(f"{lookups}{lookup.pk}/").content.decode()
    assert (
        "Matched by its name, 89\u202f% sure: same name." in text or "Matched by its name, 89% sure: same name." in text
    )

    answer = client.post(page, {"percent": "92"}, follow=True)
    assert "It counts for every name asked from now on." in answer.content.decode()
    other, waiting = asked(world, name="Fonderies Vernay", domain="vernay-lyon.example")
    assert (waiting.status, other.siren) == ("ambiguous", None)

    with organisation_scope(world.organisation.pk):
        entry = AuditEntry.objects.get(organisation=world.organisation, action="enrichment.matching")
        assert get_automatic_percent(world.organisation) == 92
    assert (entry.action, entry.before, entry.after) == (
        "enrichment.matching", {"automatic_percent": USUAL_PERCENT}, {"automatic_percent": 92},
    )  # fmt: skip
    with organisation_scope(world.twin.pk):
        assert get_automatic_percent(world.twin) == USUAL_PERCENT


@pytest.mark.parametrize("percent", ["", "50", "84", "abc", "101"])
def test_a_choice_that_is_none_keeps_what_was(world: World, percent: str) -> None:
    client, page = world.client(world.admin), world.path("enrichment/matching/")
    client.post(page, {"percent": "96"})

    answer = client.post(page, {"percent": percent})

    assert answer.status_code == 422
    assert "Choose one of these; what was kept before is unchanged." in answer.content.decode()
    with organisation_scope(world.organisation.pk):
        assert get_automatic_percent(world.organisation) == 96


def test_nothing_may_be_taken_without_a_person(world: World) -> None:
    world.client(world.admin).post(world.path("enrichment/matching/"), {"percent": "0"})

    with organisation_scope(world.organisation.pk):
        assert MatchingRule.objects.get(organisation=world.organisation).automatic_percent is None


@pytest.mark.parametrize("who", ["sales", "viewer"])
def test_only_marketers_and_admins_choose(world: World, who: str) -> None:
    assert world.client(getattr(world, who)).get(world.path("enrichment/matching/")).status_code == 403
    assert (
        world.client(getattr(world, who)).post(world.path("enrichment/matching/"), {"percent": "0"}).status_code == 403
    )
    with organisation_scope(world.organisation.pk):
        assert not MatchingRule.objects.filter(organisation=world.organisation).exists()


def test_each_choice_says_how_many_waiting_names_it_would_have_settled(world: World, register: Register) -> None:
    with organisation_scope(world.organisation.pk):
        set_automatic_percent(world.organisation, percent=None, by=world.admin)
    asked(world, name="Solvane", postcode="44000", city="Nantes")
    asked(world, name="SOLVANE SAS", domain="solvane.example", city="Paris")

    with organisation_scope(world.organisation.pk):
        examples = get_examples(world.organisation)

    assert examples.waiting == 2
    assert [(one.percent, one.settled) for one in examples.choices] == [
        (85, 1), (88, 1), (92, 1), (96, 1), (100, 1), (None, 0),
    ]  # fmt: skip
