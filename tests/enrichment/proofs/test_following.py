"""News of companies in the log of their people: once, nobody's act, and yet something rules can ask about."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.doubles.merging import merge_contacts
from contacts.doubles.undoing import undo_merge
from contacts.models import Company, Contact, Stage, Standing
from contacts.rights.access import collect_held
from contacts.rights.erasing import erase_contact
from contacts.segments.keeping import keep_segments
from contacts.tidying import tidy
from enrichment.proofs.models import CompanyState
from nurturing.models import Enrolment, Trigger
from prm.organisations.scope import organisation_scope
from prm.reactions import CONSUMERS
from tests.conftest import World
from tests.contacts.test_segments_kept import names, segment_of
from tests.enrichment.conftest import forget_answers
from tests.enrichment.proofs.builders import ask, make_company
from tests.enrichment.register import Register, company
from tests.nurturing.builders import make_scenario
from tests.scoring.worlds import behaviour, publish
from touchpoints import consuming
from touchpoints.consuming import consume
from touchpoints.models import Interaction
from touchpoints.timeline import get_company_timeline, get_timeline


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the transactions of other test processes on the same server: they hold the log's horizon back."""
    monkeypatch.setattr(consuming, "PATIENCE_SECONDS", 30.0)


@pytest.fixture
def solvane(committed: None, world: World, register: Register) -> Iterator[tuple[World, Company]]:
    """Return Solvane as first answered, with two people."""
    with organisation_scope(world.organisation.pk):
        one = make_company(world, siren="732829320")
        for name in ("Ada", "Bob"):
            Contact.objects.create(
                organisation=world.organisation, company=one, last_name=name, email=f"{name}@solvane.example".lower(),
                stage=Stage.SUSPECT,
            )  # fmt: skip
        ask(world, one)
        yield world, one


def grow(world: World, one: Company, register: Register, **values: Any) -> None:
    register.add(company("732829320", "SOLVANE", **{"tranche_effectif_salarie": "21", **values}))
    ask(world, one)


def news() -> list[tuple[str, str, str]]:
    rows = Interaction.objects.filter(verdict="register").order_by("contact_id", "pk")
    return list(rows.values_list("kind", "contact__last_name", "verdict"))


def test_the_first_answer_is_no_news_and_the_same_one_neither(
    solvane: tuple[World, Company], register: Register
) -> None:
    world, one = solvane

    ask(world, one)

    assert news() == []
    assert CompanyState.objects.get().directors == [{"name": "Alix INVENTEE", "role": ""}]


def test_what_changed_is_told_once_to_everybody_who_works_there(
    solvane: tuple[World, Company], register: Register
) -> None:
    world, one = solvane

    grow(world, one, register)
    ask(world, one)
    forget_answers()

    assert news() == [("company_grown", "Ada", "register"), ("company_grown", "Bob", "register")]
    row = Interaction.objects.filter(kind="company_grown").first()
    assert row is not None
    assert row.properties == {"company": "Solvane", "from": "12", "to": "21"}
    with organisation_scope(world.twin.pk):
        assert Interaction.objects.count() == 0


def test_it_is_told_although_a_persons_entry_stays(solvane: tuple[World, Company], register: Register) -> None:
    world, one = solvane
    one.headcount_band, one.provenance = "31", {**one.provenance, "headcount_band": {"source": "declared"}}
    one.save()

    grow(world, one, register, etat_administratif="C", date_fermeture="2026-10-01")

    assert one.headcount_band == "31"
    assert [kind for kind, name, _verdict in news() if name == "Ada"] == ["company_closed", "company_grown"]


def test_it_is_no_act_of_theirs(solvane: tuple[World, Company], register: Register) -> None:
    world, one = solvane

    grow(world, one, register)
    consume(world.organisation, CONSUMERS)

    assert set(Contact.objects.values_list("stage", flat=True)) == {Stage.SUSPECT}
    assert set(Standing.objects.values_list("last_act_at", "last_act_kind")) == {(None, "")}


def test_a_rule_of_scoring_counts_it(solvane: tuple[World, Company], register: Register) -> None:
    world, one = solvane
    publish(world.organisation, behaviour("company_grown", 7))

    grow(world, one, register)
    consume(world.organisation, CONSUMERS)

    assert set(Standing.objects.values_list("intent", flat=True)) == {7.0}


def test_a_scenario_begins_by_it(solvane: tuple[World, Company], register: Register) -> None:
    world, one = solvane
    asked = make_scenario(world.organisation, trigger=Trigger.COMPANY, trigger_kind="company_grown")
    any_change = make_scenario(world.organisation, name="Any", trigger=Trigger.COMPANY)
    make_scenario(world.organisation, name="Other", trigger=Trigger.COMPANY, trigger_kind="company_closed")
    make_scenario(world.organisation, name="Form")

    grow(world, one, register)
    consume(world.organisation, CONSUMERS)

    assert set(Enrolment.objects.values_list("scenario", flat=True)) == {asked.pk, any_change.pk}
    assert Enrolment.objects.count() == 4


def test_a_segment_asks_about_it(solvane: tuple[World, Company], register: Register) -> None:
    world, one = solvane
    acts = {"field": "acts", "op": "did", "value": {"kind": "company_grown"}}
    segment = segment_of(world, acts)
    assert names(segment) == []

    grow(world, one, register)
    consume(world.organisation, CONSUMERS)
    keep_segments(world.organisation)

    assert names(segment) == ["Ada", "Bob"]


def test_a_companys_page_tells_it_once_and_a_persons_in_words(
    solvane: tuple[World, Company], register: Register
) -> None:
    world, one = solvane
    grow(world, one, register, dirigeants=[{"nom": "FICTIF", "prenoms": "BEN", "qualite": "Gérant"}])
    ada = Contact.objects.get(last_name="Ada")

    mine = get_timeline(world.organisation, contact_id=ada.pk)
    whole = get_company_timeline(world.organisation, company_id=one.pk)

    said = {(entry.name, entry.summary) for day in mine.days for entry in day.entries}
    assert said == {
        ("Company grown", "From 20 to 49 employees to 50 to 99 employees"),
        ("New direction of the company", "1 new director, Gérant, 1 left"),
    }
    assert whole.number == 2


def test_an_answer_that_is_older_than_the_last_is_no_news(solvane: tuple[World, Company], register: Register) -> None:
    world, one = solvane
    CompanyState.objects.update(told_at=timezone.now() + timedelta(days=1))

    grow(world, one, register)

    assert news() == []
    assert CompanyState.objects.get().facts["headcount_band"] == "12"


def test_a_company_that_becomes_private_is_not_followed_any_more(
    solvane: tuple[World, Company], register: Register
) -> None:
    world, one = solvane

    grow(world, one, register, statut_diffusion="P")

    assert (news(), CompanyState.objects.count()) == ([], 0)


def test_a_director_who_is_a_contact_is_shown_and_forgotten(solvane: tuple[World, Company], register: Register) -> None:
    world, one = solvane
    alix = Contact.objects.create(
        organisation=world.organisation,
        company=one,
        first_name="Alix",
        last_name="Inventée",
        email="alix@solvane.example",
    )

    shown = {part.title: part.rows for part in collect_held(world.organisation, alix.pk)}
    assert shown["Directors, as the register names them"][0]["directors"] == [{"name": "Alix INVENTEE", "role": ""}]
    ada = Contact.objects.get(last_name="Ada")
    assert "Alix" not in str(collect_held(world.organisation, ada.pk))
    erase_contact(world.organisation, contact_id=alix.pk, by=world.admin)

    assert CompanyState.objects.count() == 0
    grow(world, one, register)
    assert news() == []
    # The register goes on naming them, and two more: a namesake elsewhere is somebody else.
    two = [*directors("Alix", "Inventée-Canari"), *directors("ALIX MARIE", "INVENTEE")]
    grow(world, one, register, dirigeants=two)
    assert CompanyState.objects.get().directors == [{"name": "Alix Inventée-Canari", "role": ""}]
    elsewhere = make_company(world, "Brume", siren="552100554")
    register.add(company("552100554", "BRUME"))
    ask(world, elsewhere)
    assert CompanyState.objects.get(company=elsewhere).directors == [{"name": "Alix INVENTEE", "role": ""}]
    # Nor does the company bring them back when it goes and comes again.
    Contact.everybody.update(company=None)
    one.delete()
    ask(world, make_company(world, "Solvane", siren="732829320"))
    assert CompanyState.objects.get(siren="732829320").directors == [{"name": "Alix Inventée-Canari", "role": ""}]


def test_an_answer_under_way_while_a_director_is_erased_is_looked_for_again(
    solvane: tuple[World, Company], register: Register
) -> None:
    world, one = solvane
    alix = Contact.objects.create(
        organisation=world.organisation, company=one, first_name="Marie Alix", last_name="Durand", email="a@a.example"
    )
    told = [*directors("MARIE", "DURAND"), *directors("BOB", "MARTIN")]
    CompanyState.objects.update(directors=[{"name": "Marie DURAND", "role": ""}])
    erase_contact(world.organisation, contact_id=alix.pk, by=world.admin)
    # Whom the register writes with the first given name alone is found as well.
    assert CompanyState.objects.get().directors is None
    CompanyState.objects.update(directors=[{"name": f"{one['prenoms']} {one['nom']}"} for one in told])
    tidy(world.organisation)
    assert CompanyState.objects.get().directors is None
    grow(world, one, register, dirigeants=told)
    assert [row["name"] for row in CompanyState.objects.get().directors or ()] == ["Bob MARTIN"]


def directors(given: str, family: str) -> list[dict[str, str]]:
    return [{"type_dirigeant": "personne physique", "nom": family, "prenoms": given}]


def test_what_no_database_holds_ends_no_worker(scoped: World, register: Register) -> None:
    director = {"nom": "DU\0RAND", "prenoms": "Zoé\ud800", "qualite": "Gérant", "type_dirigeant": "personne physique"}
    register.add(company("732829320", "SOL\0VANE", sigle="\ud800", dirigeants=[director]))
    one = make_company(scoped, "732 829 320", siren="732829320")

    lookup = ask(scoped, one)

    assert (lookup.status, one.name) == ("found", "SOL\ufffdVANE")
    assert CompanyState.objects.get().directors == [{"name": "Zoé\ufffd DU\ufffdRAND", "role": "Gérant"}]


def test_two_contacts_made_one_have_the_news_of_their_company_once(
    solvane: tuple[World, Company], register: Register
) -> None:
    world, one = solvane
    grow(world, one, register)
    assert [kind for kind, _name, _verdict in news()] == ["company_grown"] * 2

    merge = merge_contacts(
        world.organisation, contact_ids=Contact.objects.values_list("pk", flat=True), by=world.marketer,
        take={"email": Contact.objects.earliest("pk").pk},
    )  # fmt: skip
    assert [kind for kind, _name, _verdict in news()] == ["company_grown"]

    undo_merge(world.organisation, merge_id=merge.pk, by=world.marketer)
    assert [(kind, name) for kind, name, _verdict in news()] == [("company_grown", "Ada"), ("company_grown", "Bob")]
