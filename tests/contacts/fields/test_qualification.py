"""The degree of qualification: weighed by the organisation, worked out by sets, right after every change."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import qualification
from contacts.companies import CompanyInput, update_company
from contacts.fields import weighing
from contacts.fields.models import CustomField, Weight
from contacts.fields.services import archive_field, restore_field
from contacts.fields.weighing import KIND, measure, set_weights
from contacts.importing import services
from contacts.importing.running import merge_file
from contacts.models import Company, Contact
from contacts.people import create_contact, update_contact
from contacts.qualification import BUILT_IN, recompute, weighing_of
from prm.organisations.api_keys import create_key
from prm.organisations.models import AuditEntry, Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid
from prm.work.jobs import run_jobs
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.fields.making import make_field

USUAL = {"email": 5, "phone": 5, "name": 5, "job_title": 5, "company": 5, "siren": 5, "naf": 5, "headcount": 5}
NOTHING = dict.fromkeys([one.code for one in BUILT_IN], 0)


@pytest.fixture
def own(world: World, scoped: World) -> World:
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            make_field(organisation, "number", "Budget")
            make_field(organisation, "number", "Machines", subject="company")
    return world


def degrees(organisation: Organisation) -> list[int]:
    with organisation_scope(organisation.pk):
        return list(Contact.objects.order_by("pk").values_list("qualification_percent", flat=True))


def weigh(world: World, *, only: bool = False, **weights: int) -> Job | None:
    """Set weights; `only` these count."""
    named = NOTHING if only else {}
    named = named | {name.replace("__", "."): weight for name, weight in weights.items()}
    return set_weights(world.organisation, weights=named, by=world.admin)


def test_before_anybody_weighs_eight_things_weigh_the_same(own: World) -> None:
    used = {one.known.code: one.weight for one in weighing_of(own.organisation).things if one.weight}
    assert used == USUAL
    codes = [one.known.code for one in weighing_of(own.organisation).things]
    assert codes[-2:] == ["custom.budget", "company.custom.machines"]


def test_a_change_of_weights_is_worked_out_for_everybody_by_a_worker(own: World) -> None:
    for organisation in (own.organisation, own.twin):
        with organisation_scope(organisation.pk):
            create_contact(organisation, values={"email": "a@b.example"}, custom={"budget": 1}, by=None)
            create_contact(organisation, values={"email": "c@b.example", "phone": "0639981241"}, by=None)
    assert degrees(own.organisation) == [13, 25]
    job = weigh(own, only=True, email=2, phone=1, custom__budget=5)
    assert degrees(own.organisation) == [13, 25]
    run_jobs(own.organisation)
    assert (degrees(own.organisation), degrees(own.twin)) == ([88, 38], [13, 25])
    assert job is not None
    job.refresh_from_db()
    assert (job.status, job.done, job.total, job.result["changed"]) == ("done", 2, 2, 2)
    entry = AuditEntry.objects.get(action="qualification.weigh")
    assert (entry.before["email"], entry.after["email"], entry.after["custom.budget"]) == (5, 2, 5)
    assert weigh(own, email=2) is None


def test_everybody_is_worked_out_in_chunks_that_are_each_kept(own: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighing, "CHUNK", 2)
    for n in range(5):
        create_contact(own.organisation, values={"email": f"a{n}@b.example"}, by=None)
    weigh(own, only=True, email=1)
    seen: list[int] = []
    real = qualification.recompute_between

    def watched(organisation: Organisation, *, after: int, upto: int) -> int:
        seen.append(real(organisation, after=after, upto=upto))
        return seen[-1]

    monkeypatch.setattr(weighing, "recompute_between", watched)
    run_jobs(own.organisation)
    assert (seen, degrees(own.organisation)) == ([2, 2, 1], [100] * 5)


def test_only_one_worker_waits(own: World) -> None:
    first, second = weigh(own, email=1), weigh(own, email=2)
    assert first == second
    assert Job.objects.filter(kind=KIND).count() == 1


@pytest.mark.parametrize(
    ("weights", "named"),
    [
        ({"email": 11}, {"email"}),
        ({"email": -1, "colour": 3}, {"email", "colour"}),
        ({"custom.gone": 1}, {"custom.gone"}),
        (NOTHING, set()),
    ],
)
def test_bad_weights_are_refused_and_nothing_is_kept(own: World, weights: dict[str, int], named: set[str]) -> None:
    with pytest.raises(Invalid) as error:
        set_weights(own.organisation, weights=weights, by=own.admin)
    assert set(error.value.fields) == named
    assert (Weight.objects.count(), Job.objects.count()) == (0, 0)


def test_each_way_of_changing_a_contact_keeps_the_degree_right(own: World) -> None:
    organisation = own.organisation
    weigh(own, custom__budget=10, company__custom__machines=10, domain=3)
    run_jobs(organisation)
    contact = create_contact(
        organisation,
        values={"email": "a@b.example"},
        company=CompanyInput(name="Solvane", custom={"machines": 3}),
        custom={"budget": 1},
        by=own.admin,
    )
    seen = [degrees(organisation)]
    update_contact(
        organisation, contact_id=contact.pk, values={"phone": "0639981241"}, custom={"budget": None}, by=None
    )
    seen.append(degrees(organisation))
    company = Company.objects.get()
    update_company(
        organisation, company_id=company.pk, values={"domain": "a.example"}, custom={"machines": None}, by=own.admin
    )
    seen.append(degrees(organisation))
    source_import = services.create_import(
        organisation, filename="a.csv", pieces=[b"E-mail;Budget\na@b.example;5\nz@b.example;7\n"], by=None
    )
    services.map_import(
        organisation,
        import_id=source_import.pk,
        mapping=source_import.mapping,
        key_field="email",
        source="x",
        lawful_basis="",
    )
    source_import.refresh_from_db()
    merge_file(organisation, source_import, lambda _done, _total: None)
    seen.append(degrees(organisation))
    # Of 63: what is known weighs 5 for e-mail, telephone and company each, 10, 10 and 3.
    assert seen == [[48], [40], [29], [44, 24]]
    assert recompute(organisation) == 0


def test_archiving_a_weighed_field_works_everybody_out_anew(own: World) -> None:
    create_contact(own.organisation, values={"email": "a@b.example"}, custom={"budget": 1}, by=None)
    weigh(own, only=True, email=1, phone=1, custom__budget=2)
    run_jobs(own.organisation)
    field = CustomField.objects.get(key="budget")
    archive_field(own.organisation, field_id=field.pk, by=own.admin)
    run_jobs(own.organisation)
    seen = [degrees(own.organisation)]
    restore_field(own.organisation, field_id=field.pk, by=own.admin)
    run_jobs(own.organisation)
    assert [*seen, degrees(own.organisation)] == [[50], [75]]


CONTACT = st.fixed_dictionaries(
    {
        "email": st.sampled_from([None, "x"]),
        "phone": st.sampled_from(["", "1"]),
        "first_name": st.sampled_from(["", "A"]),
        "last_name": st.sampled_from(["", "B"]),
        "job_title": st.sampled_from(["", "C"]),
        "language": st.sampled_from(["", "fr"]),
        "custom": st.sampled_from([{}, {"budget": 0}]),
    }
)
COMPANY = st.fixed_dictionaries(
    {
        "siren": st.sampled_from([None, "1"]),
        "naf_code": st.sampled_from(["", "62"]),
        "headcount_band": st.sampled_from(["", "12"]),
        "domain": st.sampled_from(["", "d"]),
        "city": st.sampled_from(["", "Lyon"]),
        "custom": st.sampled_from([{}, {"machines": 1}]),
    }
)
CODES = [*NOTHING, "custom.budget", "company.custom.machines"]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(CONTACT, st.none() | COMPANY), min_size=1, max_size=5),
    st.dictionaries(st.sampled_from(CODES), st.integers(0, 10)),
)
def test_the_statement_and_the_page_agree(
    own: World, people: list[tuple[dict[str, Any], dict[str, Any] | None]], weights: dict[str, int]
) -> None:
    with transaction.atomic():
        organisation = own.organisation
        Weight.objects.bulk_create(
            Weight(organisation=organisation, code=code, weight=weight) for code, weight in weights.items()
        )
        for n, (values, about) in enumerate(people):
            siren = {"siren": f"{n:09}"} if about and about["siren"] else {}
            company = None
            if about is not None:
                company = Company.objects.create(
                    organisation=organisation, name="x", **{**about, "siren": None, **siren}
                )
            email = values["email"] and f"{n}@b.example"
            Contact.objects.create(organisation=organisation, company=company, **{**values, "email": email})
        recompute(organisation)
        weighed = weighing_of(organisation)
        for contact in Contact.objects.select_related("company"):
            assert contact.qualification_percent == weighed.percent_of(contact)
            assert bool(weighed.missing_of(contact)) == (contact.qualification_percent < 100 and weighed.total > 0)
        transaction.set_rollback(True)


def test_weights_wait_for_those_who_are_writing_by_them(committed: None, world: World) -> None:
    """Whoever read the old weights has committed before the new ones hold: the worker then sees their contact."""
    order: list[str] = []
    is_read = threading.Event()

    def write() -> None:
        with organisation_scope(world.organisation.pk), transaction.atomic():
            weighing_of(world.organisation, to_write=True)
            is_read.set()
            threading.Event().wait(0.5)
            order.append("written")
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert is_read.wait(10)
    with organisation_scope(world.organisation.pk):
        set_weights(world.organisation, weights={"email": 1}, by=world.admin)
        order.append("weighed")
    writer.join()
    assert order == ["written", "weighed"]


# --- Pages and API --------------------------------------------------------------------------------


def test_the_page_shows_shares_and_keeps_weights(own: World) -> None:
    create_contact(own.organisation, values={"email": "a@b.example"}, custom={"budget": 1}, by=None)
    client = own.client(own.marketer)
    page = client.get(own.path("qualification/")).content.decode()
    assert 'name="weight-custom.budget" value="0"' in page
    assert page.count("13%") == 8
    answer = client.post(own.path("qualification/weights/"), {"weight-email": "0", "weight-custom.budget": "5"})
    assert answer.status_code == 302
    assert dict(Weight.objects.values_list("code", "weight")) == {"email": 0, "custom.budget": 5}
    page = client.get(own.path("qualification/")).content.decode()
    assert "Degree of qualification of everybody" in page


def test_what_is_no_weight_is_said_beside_it_and_nothing_is_kept(own: World) -> None:
    client = own.client(own.marketer)
    answer = client.post(
        own.path("qualification/weights/"), {"weight-email": "12", "weight-phone": "x", "weight-name": "3"}
    )
    page = answer.content.decode()
    assert (answer.status_code, page.count("A weight is a whole number from 0 to 10.")) == (422, 2)
    assert 'value="12"' in page
    assert not Weight.objects.exists()
    nothing = {f"weight-{code}": "0" for code in NOTHING}
    assert client.post(own.path("qualification/weights/"), nothing).status_code == 422


def test_who_only_sees_reads_weights_and_changes_none(own: World) -> None:
    client = own.client(own.sales)
    page = client.get(own.path("qualification/")).content.decode()
    assert "Degree of qualification" in page
    assert 'name="weight-email"' not in page
    assert client.post(own.path("qualification/weights/"), {"weight-email": "0"}).status_code == 403
    assert not Weight.objects.exists()


def test_the_report_counts_tenths_and_what_is_known_of_how_many(own: World) -> None:
    for n in range(3):
        create_contact(
            own.organisation, values={"email": f"a{n}@b.example"}, custom={"budget": n} if n else {}, by=None
        )
    create_contact(own.organisation, values={"last_name": "Roux"}, by=None)
    report = measure(own.organisation)
    assert (report.total, round(report.mean, 2), report.bands) == (4, 9.75, [1, 3, *[0] * 8])
    assert {one.code: one.number for one in report.things if one.number} == {"email": 3, "custom.budget": 2}
    client = own.client(own.viewer)
    for headers in ({}, {"HX-Request": "true"}):
        page = client.get(own.path("qualification/?report=1"), headers=headers).content.decode()
        assert "9.8% on average" in page
    with organisation_scope(own.twin.pk):
        assert measure(own.twin).total == 0


def test_a_persons_page_says_what_is_missing_the_heaviest_first(own: World) -> None:
    weigh(own, only=True, email=1, phone=2, custom__budget=7)
    contact = create_contact(own.organisation, values={"email": "a@b.example"}, by=None)
    page = own.client(own.viewer).get(own.path(f"contacts/{contact.pk}/")).content.decode()
    assert "Still to be known: Budget (+70%), telephone (+20%)." in page
    assert "<b>10%</b>" in page


def test_the_api_reads_and_changes_weights(own: World) -> None:
    _key, token = create_key(own.organisation, name="CRM", scopes=["all"], by=own.admin)
    api = Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})
    first = api.get("/api/v1/qualification").json()
    assert first["things"][0] == {"code": "email", "label": "e-mail", "weight": 5, "share": 13}
    assert first["is_recomputing"] is False
    answer = api.put("/api/v1/qualification", {"weights": {"custom.budget": 10}}, content_type="application/json")
    things = {one["code"]: (one["weight"], one["share"]) for one in answer.json()["things"]}
    assert (things["email"], things["custom.budget"], answer.json()["is_recomputing"]) == ((5, 10), (10, 20), True)
    answer = api.put("/api/v1/qualification", {"weights": {"email": 11}}, content_type="application/json")
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {"email"})
    assert qualification.weighing_of(own.organisation).total == 50
