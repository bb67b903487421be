"""What is asked without anybody asking: new companies by rule, old ones that matter by night."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contacts.companies import CompanyInput, create_company, update_company
from contacts.importing.running import merge_file, try_file
from contacts.models import Company, Contact, Stage, Standing, Tier
from contacts.normalising import company_key
from contacts.people import create_contact, upsert_contact
from contacts.segments.models import Segment, SegmentMember
from contacts.standings.keeping import keep_standings
from enrichment.asking import ask_due_lookups
from enrichment.automatic import arrivals, services
from enrichment.automatic.models import Arrival, AutomaticRule
from enrichment.automatic.refreshing import Press, list_due, look_what_is_due, refresh_nightly
from enrichment.automatic.services import Wish
from enrichment.models import Lookup, LookupStatus
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.jobs import run_jobs
from prm.work.models import Job, Wakeup
from tests.conftest import World
from tests.contacts.files import bring_in, prepare
from tests.enrichment.register import Register, company, establishment

ALL = Wish(on_hand=True, on_import=True, on_program=True)


def wish(world: World, one: Wish) -> AutomaticRule:
    return services.set_rule(world.organisation, one, by=world.admin)


def names_asked() -> list[str]:
    return list(Lookup.objects.order_by("pk").values_list("company__name", flat=True))


def test_without_a_rule_nobody_is_asked(scoped: World, register: Register) -> None:
    create_company(scoped.organisation, values={"name": "Solvane"}, by=scoped.marketer)

    assert arrivals.ask_about_arrivals(scoped.organisation) == 0
    assert not Arrival.objects.exists()
    assert not Lookup.objects.exists()


def test_a_company_a_member_writes_down_is_asked_about_by_the_worker(scoped: World, register: Register) -> None:
    wish(scoped, Wish(on_hand=True))
    one = create_company(scoped.organisation, values={"name": "Solvane", "siren": "732829320"}, by=scoped.marketer)
    assert register.asked == []
    assert not Lookup.objects.exists()

    assert arrivals.ask_about_arrivals(scoped.organisation) == 1
    ask_due_lookups(scoped.organisation)

    one.refresh_from_db()
    lookup = Lookup.objects.get()
    assert (lookup.status, lookup.asked_by, lookup.job) == (LookupStatus.FOUND, None, None)
    assert one.naf_code == "62.01Z"
    assert not Arrival.objects.exists()
    assert arrivals.ask_about_arrivals(scoped.organisation) == 0


def test_a_contact_brings_a_new_company_and_a_known_one_is_none(scoped: World, register: Register) -> None:
    wish(scoped, Wish(on_hand=True))
    for email in ("a@solvane.example", "b@solvane.example"):
        create_contact(
            scoped.organisation, values={"email": email}, company=CompanyInput(name="Solvane"), by=scoped.marketer
        )

    assert arrivals.ask_about_arrivals(scoped.organisation) == 1


@pytest.mark.parametrize(("wanted", "asked"), [(Wish(on_program=True), 1), (Wish(on_hand=True, on_import=True), 0)])
def test_what_a_program_brings_has_a_rule_of_its_own(
    scoped: World, register: Register, wanted: Wish, asked: int
) -> None:
    wish(scoped, wanted)
    upsert_contact(
        scoped.organisation, values={"email": "a@b.example"}, company=CompanyInput(name="Solvane"), by="Website"
    )

    assert arrivals.ask_about_arrivals(scoped.organisation) == asked


@pytest.mark.parametrize("provenance", ["form", "api"])
def test_what_says_that_a_form_or_the_api_brought_it_is_a_programs(
    scoped: World, register: Register, provenance: str
) -> None:
    wish(scoped, Wish(on_program=True))
    given = {"email": "a@b.example"}, CompanyInput(name="Solvane")
    create_contact(scoped.organisation, values=given[0], company=given[1], by=None, provenance=provenance)
    create_company(scoped.organisation, values={"name": "By hand"}, by=scoped.marketer)

    assert arrivals.ask_about_arrivals(scoped.organisation) == 1
    assert names_asked() == ["Solvane"]


HEAD = "email,Entreprise,SIREN\n"


def test_an_import_brings_its_new_companies_once_and_a_dry_run_none(scoped: World, register: Register) -> None:
    wish(scoped, Wish(on_import=True))
    rows = "a@x.example,Solvane,732829320\nb@x.example,Solvane,\nc@y.example,Comptoir du Littoral,\n"
    source_import = prepare(scoped.organisation, HEAD + rows)
    try_file(scoped.organisation, source_import, lambda _done, _total: None)
    assert not Arrival.objects.exists()

    merge_file(scoped.organisation, source_import, lambda _done, _total: None)

    assert Arrival.objects.count() == 2
    assert register.asked == []
    assert arrivals.ask_about_arrivals(scoped.organisation) == 2
    ask_due_lookups(scoped.organisation)
    assert set(Company.objects.values_list("siren", flat=True)) == {"404833048", "732829320"}
    bring_in(scoped.organisation, HEAD + rows)
    assert not Arrival.objects.exists()


def test_an_import_without_a_rule_notes_nothing(scoped: World) -> None:
    wish(scoped, Wish(on_hand=True, on_program=True))
    bring_in(scoped.organisation, HEAD + "a@x.example,Solvane,\n")

    assert not Arrival.objects.exists()


def test_what_an_organisation_wishes_counts_for_itself_alone(scoped: World, register: Register) -> None:
    wish(scoped, ALL)
    with organisation_scope(scoped.twin.pk):
        create_company(scoped.twin, values={"name": "Solvane"}, by=scoped.twin_admin)
        assert not Arrival.objects.exists()
    assert arrivals.ask_about_arrivals(scoped.twin) == 0


def test_the_day_s_budget_holds_and_the_rest_waits_for_the_morning(
    scoped: World, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enrichment.automatic.arrivals.BATCH", 2)
    wish(scoped, Wish(on_hand=True, calls_per_day=3))
    for number in range(5):
        create_company(scoped.organisation, values={"name": f"Fonderies {number}"}, by=scoped.marketer)

    assert arrivals.ask_about_arrivals(scoped.organisation) == 3
    assert names_asked() == ["Fonderies 0", "Fonderies 1", "Fonderies 2"]
    assert arrivals.ask_about_arrivals(scoped.organisation) == 0
    assert arrivals.count_waiting(scoped.organisation) == 2
    morning = Wakeup.objects.filter(queue=arrivals.QUEUE, due_at__gt=timezone.now()).latest("due_at")
    assert morning.due_at == arrivals.next_morning(scoped.organisation)

    AutomaticRule.objects.update(used_on=arrivals.today_of(scoped.organisation) - timedelta(days=1))
    assert arrivals.ask_about_arrivals(scoped.organisation) == 2
    assert AutomaticRule.objects.get().used == 2


def test_what_cannot_be_asked_about_costs_nothing(scoped: World, register: Register) -> None:
    wish(scoped, Wish(on_hand=True, calls_per_day=1))
    create_company(scoped.organisation, values={"name": "AB"}, by=scoped.marketer)
    asked = create_company(scoped.organisation, values={"name": "Déjà vue"}, by=scoped.marketer)
    Lookup.objects.create(organisation=scoped.organisation, company=asked, provider="recherche_entreprises")
    create_company(scoped.organisation, values={"name": "Solvane"}, by=scoped.marketer)

    assert arrivals.ask_about_arrivals(scoped.organisation) == 1
    assert names_asked() == ["Déjà vue", "Solvane"]


def test_what_is_no_longer_wished_is_forgotten(scoped: World, register: Register) -> None:
    wish(scoped, ALL)
    create_company(scoped.organisation, values={"name": "Solvane"}, by=scoped.marketer)
    wish(scoped, Wish(on_import=True))

    assert arrivals.ask_about_arrivals(scoped.organisation) == 0
    assert not Arrival.objects.exists()


def make(world: World, siren: str, name: str, **values: Any) -> Company:
    return Company.objects.create(
        organisation=world.organisation, name=name, name_key=company_key(name), siren=siren, **values
    )


def contact_of(world: World, one: Company, *, stage: str = Stage.PROSPECT, tier: Tier = Tier.COLD) -> Contact:
    contact = Contact.objects.create(organisation=world.organisation, company=one, stage=stage)
    Standing.objects.filter(contact=contact).update(tier=tier)
    return contact


def told(world: World, one: Company, days: int) -> None:
    lookup = Lookup.objects.create(
        organisation=world.organisation, company=one, provider="recherche_entreprises", status=LookupStatus.FOUND
    )
    at = timezone.now() - timedelta(days=days)
    Lookup.objects.filter(pk=lookup.pk).update(created_at=at, answered_at=at)


@pytest.fixture
def base(scoped: World, register: Register) -> Sequence[Company]:
    """Return companies that matter, in the order in which they do, then those that do not."""
    sirens = ["732829320", "404833048", "552100554", "443061841", "813290012", "356000000", "552032534", "300025764"]
    with_sales, never, hot, segment, cold, fresh, closed, asked = (
        make(scoped, siren, f"Firme {siren}", is_closed=siren == "552032534") for siren in sirens
    )
    contact_of(scoped, with_sales, stage=Stage.MQL)
    contact_of(scoped, never, tier=Tier.HOT)
    for one in (hot, fresh, closed, asked):
        contact_of(scoped, one, tier=Tier.HOT)
    member = contact_of(scoped, segment)
    contact_of(scoped, cold)
    chosen = Segment.objects.create(organisation=scoped.organisation, name="Chosen")
    SegmentMember.objects.create(
        organisation=scoped.organisation, segment=chosen, contact=member, entered_at=timezone.now()
    )
    for one, days in ((with_sales, 91), (hot, 200), (segment, 400), (cold, 400), (fresh, 89), (closed, 200)):
        told(scoped, one, days)
    Lookup.objects.create(organisation=scoped.organisation, company=asked, provider="recherche_entreprises")
    keep_standings(scoped.organisation)
    for siren in sirens:
        register.add(company(siren, f"FIRME {siren}", siege=establishment(f"{siren}00012")))
    wish(scoped, Wish(calls_per_night=2, segment_ids=(chosen.pk, 999_999)))
    return with_sales, never, hot, segment


def test_what_is_old_and_matters_is_due_the_most_pressing_first(scoped: World, base: Sequence[Company]) -> None:
    rule = services.get_rule(scoped.organisation)

    due = list(list_due(scoped.organisation, rule))

    with_sales, never, hot, segment = base
    assert due[0] == with_sales
    assert due[1:3] == [never, hot]
    assert due[3:] == [segment]
    dues = look_what_is_due(scoped.organisation)
    assert (dues.number, dues.is_more) == (4, False)
    assert [one.press for one in dues.next] == [Press.WITH_SALES, Press.HOT, Press.HOT, Press.SEGMENT]
    assert rule.segment_ids == [Segment.objects.get().pk]


def test_a_night_refreshes_as_many_as_it_may(scoped: World, base: Sequence[Company], register: Register) -> None:
    job = refresh_nightly(scoped.organisation)
    assert job is not None
    run_jobs(scoped.organisation)

    job.refresh_from_db()
    assert (job.status, job.result["counts"], job.created_by) == ("done", {"found": 2}, None)
    assert set(Lookup.objects.filter(job=job).values_list("company", flat=True)) == {one.pk for one in base[:2]}
    rule = services.get_rule(scoped.organisation)
    assert rule.last_job == job
    entry = AuditEntry.objects.get(action="company.enrich_nightly")
    assert (entry.actor, entry.after) == (None, {"companies": 2})
    assert [one for one in look_what_is_due(scoped.organisation).next if one.company in base[:2]] == []
    assert Wakeup.objects.filter(queue="refresh", due_at__gt=timezone.now()).count() == 1


def test_a_night_does_not_begin_while_the_last_one_is_at_it(scoped: World, base: Sequence[Company]) -> None:
    refresh_nightly(scoped.organisation)

    assert refresh_nightly(scoped.organisation) is None
    assert Job.objects.count() == 1
    assert Wakeup.objects.filter(queue="refresh", due_at__gt=timezone.now()).count() == 1


def test_a_night_with_nothing_due_says_so(scoped: World) -> None:
    wish(scoped, Wish(calls_per_night=10))

    assert refresh_nightly(scoped.organisation) is None
    rule = services.get_rule(scoped.organisation)
    assert rule.looked_at is not None
    assert rule.last_job is None


def test_without_a_budget_no_night_comes(scoped: World, base: Sequence[Company]) -> None:
    wish(scoped, Wish())
    Wakeup.objects.filter(queue="refresh").delete()

    assert refresh_nightly(scoped.organisation) is None
    assert not Job.objects.exists()
    assert not Wakeup.objects.filter(queue="refresh").exists()


def settings_page(world: World, data: dict[str, Any] | None = None, *, who: str = "admin") -> Any:
    client = world.client(getattr(world, who))
    path = world.path("enrichment/automatic/")
    return client.get(path) if data is None else client.post(path, data)


def test_the_rule_is_set_on_its_page(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        segment = Segment.objects.create(organisation=world.organisation, name="Fondeurs")
    assert "Fondeurs" in settings_page(world).content.decode()

    form = {"on_import": "on", "calls_per_day": "50", "calls_per_night": "20", "fresh_days": "30"}
    response = settings_page(world, {**form, "segment_ids": [str(segment.pk)]})

    assert response.status_code == 302
    with organisation_scope(world.organisation.pk):
        rule = AutomaticRule.objects.get()
        assert (rule.on_hand, rule.on_import, rule.on_program) == (False, True, False)
        assert (rule.calls_per_day, rule.calls_per_night, rule.fresh_days) == (50, 20, 30)
        assert rule.segment_ids == [segment.pk]
        assert AuditEntry.objects.filter(action="enrichment.automatic").count() == 1
        assert Wakeup.objects.filter(queue="refresh", due_at__gt=timezone.now()).count() == 1


@pytest.mark.parametrize(
    "wrong", [{"calls_per_day": "0"}, {"calls_per_night": "-1"}, {"fresh_days": "many"}, {"segment_ids": ["77"]}]
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(world: World, wrong: dict[str, Any]) -> None:
    with organisation_scope(world.organisation.pk):
        Segment.objects.create(organisation=world.organisation, name="Fondeurs")
    form = {"calls_per_day": "50", "calls_per_night": "20", "fresh_days": "30", **wrong}

    assert settings_page(world, form).status_code == 422
    with organisation_scope(world.organisation.pk):
        assert not AutomaticRule.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("marketer", 200), ("sales", 403), ("viewer", 403)])
def test_only_marketers_and_admins_set_the_rule(world: World, who: str, status: int) -> None:
    assert settings_page(world, who=who).status_code == status


def test_the_page_of_enrichment_shows_the_night_and_what_is_due(
    scoped: World, base: Sequence[Company], register: Register
) -> None:
    client = scoped.client(scoped.viewer)
    text = client.get(scoped.path("enrichment/automatic/panel/")).content.decode()
    assert "the first one is still to come" in text
    assert "with sales" in text
    assert "never asked" in text
    assert "<b>4 companies</b>" in text

    job = refresh_nightly(scoped.organisation)
    assert job is not None
    run_jobs(scoped.organisation)

    text = client.get(scoped.path("enrichment/automatic/panel/")).content.decode()
    assert "2 found" in text
    assert f"?job={job.pk}" in text
    assert "<b>2 companies</b>" in text


def test_a_company_that_is_changed_is_no_new_one(scoped: World) -> None:
    one = make(scoped, "732829320", "Solvane")
    wish(scoped, ALL)
    update_company(scoped.organisation, company_id=one.pk, values={"name": "Solvane SAS"}, by=scoped.marketer)

    assert not Arrival.objects.exists()
