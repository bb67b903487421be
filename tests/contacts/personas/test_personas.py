"""Personas: who fits, whose persona somebody is, how they convert, how they overlap; pages and API."""

import json
from typing import Any

import pytest
from django.test import Client

from contacts.lifecycle import begin_lifecycle, change_stage
from contacts.models import Cause, Company, Contact, Stage
from contacts.personas import queries, services
from contacts.personas.models import Persona
from contacts.personas.queries import FLOOR, Conversion, Step
from contacts.personas.services import PersonaInput
from contacts.segments import keeping
from contacts.segments.keeping import keep_segments
from contacts.segments.models import Segment, SegmentMember
from contacts.segments.services import SegmentInput, create_segment
from prm.organisations.api_keys import create_key
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid, NotFound
from tests.conftest import World

DIRECTORS = {"field": "job_title", "op": "contains", "value": "direct"}
FOUNDRIES = {"field": "company.naf_division", "op": "is", "value": "24"}


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the transactions of other test processes on the same server."""
    monkeypatch.setattr(keeping, "_open_transactions", lambda: None)


def person(world: World, name: str, *, stage: str = Stage.SUSPECT, **values: Any) -> Contact:
    contact = Contact.objects.create(organisation=world.organisation, last_name=name, stage=stage, **values)
    begin_lifecycle(world.organisation, contact, cause=Cause.PERSON, by=None)
    return contact


def persona(world: World, name: str, condition: dict[str, Any]) -> Persona:
    return services.create_persona(
        world.organisation, values=PersonaInput(name=name, condition=condition), by=world.marketer
    )


@pytest.fixture
def base(scoped: World) -> World:
    """Two personas over four people: one fits both, one each, one neither."""
    foundry = Company.objects.create(
        organisation=scoped.organisation, name="F", name_key="f", naf_code="24.51Z", naf_nomenclature="naf2"
    )
    person(scoped, "both", job_title="Directrice", company=foundry)
    person(scoped, "director", job_title="Directeur")
    person(scoped, "founder", job_title="Acheteur", company=foundry)
    person(scoped, "neither")
    persona(scoped, "Directors", DIRECTORS)
    persona(scoped, "Foundries", FOUNDRIES)
    keep_segments(scoped.organisation)
    return scoped


def named(name: str) -> Persona:
    return Persona.objects.select_related("segment").get(segment__name=name)


def people(name: str) -> list[str]:
    return sorted(queries.list_people(named(name)).values_list("last_name", flat=True))


def test_who_fits_follows_what_people_are(base: World) -> None:
    assert (people("Directors"), people("Foundries")) == (["both", "director"], ["both", "founder"])
    Contact.objects.filter(last_name="neither").update(job_title="Direction")
    keep_segments(base.organisation)
    assert people("Directors") == ["both", "director", "neither"]
    assert named("Directors").segment.size == 3


def test_overlap_is_counted_once_for_each_pair(base: World) -> None:
    figures = queries.get_figures(base.organisation).value
    one, other = named("Directors"), named("Foundries")
    assert figures.overlap(one.pk, other.pk) == figures.overlap(other.pk, one.pk) == 1
    matrix = queries.matrix_of(list(queries.list_personas(base.organisation)), figures)
    assert [[(cell.number, cell.percent) for cell in cells] for _persona, cells in matrix] == [
        [(2, 100.0), (1, 50.0)],
        [(1, 50.0), (2, 100.0)],
    ]


def test_conversions_count_who_came_in_as_a_suspect_or_prospect_and_how_far_they_ever_got(base: World) -> None:
    ids = dict(Contact.objects.values_list("last_name", "pk"))
    change_stage(base.organisation, [ids["both"], ids["director"]], to=Stage.PROSPECT, cause=Cause.RULE)
    change_stage(base.organisation, [ids["both"]], to=Stage.MQL, cause=Cause.RULE)
    change_stage(base.organisation, [ids["both"]], to=Stage.PROSPECT, cause=Cause.RULE)
    change_stage(base.organisation, [ids["founder"]], to=Stage.CUSTOMER, cause=Cause.RULE)
    person(base, "bought before", stage=Stage.CUSTOMER, job_title="Directeur")
    person(base, "came interested", stage=Stage.PROSPECT, job_title="Directeur")
    keep_segments(base.organisation)
    figures = queries.get_figures(base.organisation).value
    assert figures.conversion(named("Directors").pk) == Conversion(3, 3, 1, 0)
    assert figures.conversion(named("Foundries").pk) == Conversion(2, 2, 2, 1)
    assert figures.conversion(queries.EVERYBODY) == Conversion(5, 4, 2, 1)


def test_a_rate_of_few_people_concludes_nothing() -> None:
    assert (Step(FLOOR - 1, 5).is_known, Step(FLOOR, 5).is_known) == (False, True)
    step = Step(263, 81)
    assert round(step.percent, 2) == 30.80
    assert [round(end, 2) for end in step.interval] == [25.53, 36.62]
    assert (Step(0, 0).percent, Step(0, 0).interval) == (0.0, (0.0, 100.0))


def test_whoever_fits_several_is_of_the_first(base: World) -> None:
    both = Contact.objects.get(last_name="both")
    assert [one.segment.name for one in queries.list_personas_of(base.organisation, both)] == ["Directors", "Foundries"]
    services.move_persona(base.organisation, persona_id=named("Foundries").pk, up=True, by=base.marketer)
    assert [one.segment.name for one in queries.list_personas_of(base.organisation, both)] == ["Foundries", "Directors"]
    services.move_persona(base.organisation, persona_id=named("Foundries").pk, up=True, by=base.marketer)
    assert list(queries.list_personas(base.organisation).values_list("segment__name", "position")) == [
        ("Foundries", 1),
        ("Directors", 2),
    ]
    with pytest.raises(NotFound):
        services.move_persona(base.organisation, persona_id=0, up=True, by=base.marketer)


def members(segment: Segment) -> list[str]:
    stays = SegmentMember.objects.filter(segment=segment, left_at__isnull=True)
    return sorted(stays.values_list("contact__last_name", flat=True))


def test_conditions_ask_whose_persona_somebody_is_and_follow_it(base: World) -> None:
    condition = {"field": "persona", "op": "is", "value": str(named("Foundries").pk)}
    segment = create_segment(base.organisation, values=SegmentInput("Of foundries", condition), by=base.marketer)
    keep_segments(base.organisation)
    assert members(segment) == ["founder"]
    Contact.objects.filter(last_name="neither").update(company=Company.objects.get())
    keep_segments(base.organisation)
    assert members(segment) == ["founder", "neither"]
    services.move_persona(base.organisation, persona_id=named("Foundries").pk, up=True, by=base.marketer)
    keep_segments(base.organisation)
    assert members(segment) == ["both", "founder", "neither"]
    services.delete_persona(base.organisation, persona_id=named("Foundries").pk, by=base.marketer)
    keep_segments(base.organisation)
    assert members(segment) == []


def test_a_persona_found_by_a_segment_made_before_it_enters_there_too(base: World) -> None:
    coming = Persona.objects.order_by("-pk")[0].pk + 1
    condition = {"field": "persona", "op": "is", "value": str(coming)}
    segment = create_segment(base.organisation, values=SegmentInput("Early", condition), by=base.marketer)
    keep_segments(base.organisation)
    late = persona(base, "Late", DIRECTORS)
    assert late.pk == coming
    services.move_persona(base.organisation, persona_id=late.pk, up=True, by=base.marketer)
    services.move_persona(base.organisation, persona_id=late.pk, up=True, by=base.marketer)
    keep_segments(base.organisation)
    assert members(segment) == ["both", "director"]


@pytest.mark.parametrize(
    "values",
    [
        PersonaInput(name="", condition=DIRECTORS),
        PersonaInput(name="Directors", condition=DIRECTORS),
        PersonaInput(name="Everybody"),
        PersonaInput(name="By outcome", condition={"field": "stage", "op": "is", "value": "customer"}),
        PersonaInput(name="By itself", condition={"field": "persona", "op": "is", "value": "1"}),
        PersonaInput(name="Unknown", condition={"field": "nothing", "op": "is", "value": "1"}),
    ],
)
def test_what_is_no_target_is_refused_and_nothing_kept(base: World, values: PersonaInput) -> None:
    with pytest.raises(Invalid):
        services.create_persona(base.organisation, values=values, by=base.marketer)
    with pytest.raises(Invalid):
        services.update_persona(base.organisation, persona_id=named("Foundries").pk, values=values, by=base.marketer)
    assert (Persona.objects.count(), Segment.objects.count()) == (2, 2)
    assert named("Foundries").segment.condition == FOUNDRIES


def test_there_are_only_so_many(base: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_PERSONAS", 2)
    with pytest.raises(Invalid):
        persona(base, "Third", DIRECTORS)
    assert Persona.objects.count() == 2


def test_removing_a_persona_removes_its_segment_and_leaves_its_people(base: World) -> None:
    assert services.delete_persona(base.organisation, persona_id=named("Directors").pk, by=base.marketer) == "Directors"
    assert list(Segment.objects.values_list("name", flat=True)) == ["Foundries"]
    assert Contact.objects.count() == 4
    assert AuditEntry.objects.filter(action="persona.delete").count() == 1


# --- Pages ---------------------------------------------------------------------------------------------------


ROWS = {
    "condition-rows": "1",
    "condition-0-field": "job_title",
    "condition-0-op": "contains",
    "condition-0-value": "direct",
}


def test_a_persona_is_described_shown_changed_and_removed(world: World) -> None:
    client: Client = world.client(world.marketer)
    page = client.get(world.path("personas/")).content.decode()
    assert "No persona yet" in page
    assert client.get(world.path("personas/new/")).status_code == 200
    assert client.post(world.path("personas/new/"), {**ROWS, "name": ""}).status_code == 422
    answer = client.post(world.path("personas/new/"), {**ROWS, "name": "Directors"})
    with organisation_scope(world.organisation.pk):
        made = Persona.objects.get()
        assert answer["Location"] == world.path(f"personas/{made.pk}/")
        assert made.segment.condition == {"all": [DIRECTORS]}
        contact = person(world, "Marchetti", job_title="Directrice")
        keep_segments(world.organisation)
    address = world.path(f"personas/{made.pk}/")
    page = client.get(address).content.decode()
    assert "<b>1 contact</b> fits now." in page
    assert "Job title contains" in page
    assert "too few" in page
    assert "Marchetti" in page
    page = client.get(world.path("personas/")).content.decode()
    assert "<b>1 persona</b> makes the target" in page
    page = client.get(world.path(f"contacts/{contact.pk}/?panels=all")).content.decode()
    assert f'href="{address}"' in page
    # Its segment is changed where the persona is.
    for path in ("edit", "delete"):
        answer = client.get(world.path(f"segments/{made.segment_id}/{path}/"))
        assert answer["Location"] == address
    assert client.post(world.path(f"segments/{made.segment_id}/archive/"))["Location"] == address
    changed = {**ROWS, "name": "Buyers", "condition-0-value": "achet"}
    assert client.post(f"{address}edit/", changed)["Location"] == address
    with organisation_scope(world.organisation.pk):
        keep_segments(world.organisation)
        assert (named("Buyers").segment.size, named("Buyers").pk) == (0, made.pk)
    assert "Delete “Buyers”?" in client.get(f"{address}delete/").content.decode()
    assert client.post(f"{address}delete/")["Location"] == world.path("personas/")
    with organisation_scope(world.organisation.pk):
        assert not Persona.objects.exists()
        assert Contact.objects.count() == 1


def test_sales_see_personas_and_do_not_change_them(world: World) -> None:
    with organisation_scope(world.organisation.pk):
        made = persona(world, "Directors", DIRECTORS)
    client = world.client(world.sales)
    assert client.get(world.path(f"personas/{made.pk}/")).status_code == 200
    for path in ("edit", "delete", "move"):
        assert client.post(world.path(f"personas/{made.pk}/{path}/")).status_code == 403
    with organisation_scope(world.organisation.pk):
        assert Persona.objects.count() == 1


# --- API -----------------------------------------------------------------------------------------------------


@pytest.fixture
def api(world: World) -> Client:
    """Speak to the API with a key for everything."""
    with organisation_scope(world.organisation.pk):
        _key, token = create_key(world.organisation, name="CRM", scopes=["all"], by=world.admin)
    return Client(headers={"authorization": f"Bearer {token}"})


def test_the_api_keeps_personas(world: World, api: Client) -> None:
    def send(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return api.generic(method, f"/api/v1/personas{path}", json.dumps(body or {}), content_type="application/json")

    answer = send("POST", "", {"name": "Directors", "condition": DIRECTORS})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["position"], made["size"], made["is_filled"]) == (1, 0, False)
    assert (
        send("POST", "", {"name": "X", "condition": {"field": "stage", "op": "is", "value": "mql"}}).status_code == 422
    )
    with organisation_scope(world.organisation.pk):
        for number in range(FLOOR):
            contact = person(world, f"P{number}", job_title="Directeur")
            if number < 12:
                change_stage(world.organisation, [contact.pk], to=Stage.PROSPECT, cause=Cause.RULE)
        keep_segments(world.organisation)
    told = send("GET", f"/{made['id']}").json()
    assert (told["size"], told["is_filled"], told["shared"]) == (30, True, {})
    assert told["to_prospect"] == {"number": 30, "reached": 12, "percent": 40.0, "interval": [24.59, 57.68]}
    assert told["to_mql"] == {"number": 12, "reached": 0, "percent": None, "interval": None}
    assert send("GET", "").json()["items"] == [told]
    assert len(send("GET", f"/{made['id']}/contacts?limit=20").json()["items"]) == 20
    assert "job_title" in json.dumps(send("GET", "/schema").json())
    changed = send("PUT", f"/{made['id']}", {"name": "Buyers", "condition": DIRECTORS, "description": "They buy"})
    assert (changed.json()["name"], changed.json()["description"]) == ("Buyers", "They buy")
    assert send("DELETE", f"/{made['id']}").status_code == 204
    assert send("GET", f"/{made['id']}").status_code == 404
