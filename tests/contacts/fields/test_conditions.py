"""Conditions about own fields: what they match, in words, on pages, and when a definition goes."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.companies import CompanyInput
from contacts.fields.models import CustomField
from contacts.fields.services import FieldInput, archive_field, restore_field, update_field
from contacts.models import Company, Contact
from contacts.people import create_contact, update_contact
from contacts.segments import keeping
from contacts.segments.keeping import keep_segments
from contacts.segments.matching import ask, match_people, people_vocabulary
from contacts.segments.models import Segment
from contacts.segments.services import SegmentInput, create_segment
from prm.conditions.schema import condition_schema
from prm.conditions.sentences import sentence
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid
from scoring.vocabulary import profile_vocabulary
from tests.conditions.test_against_reference import compare_choice, compare_ordered, compare_text, day_of
from tests.conditions.test_documents import matches_schema
from tests.conftest import World
from tests.contacts.fields.making import make_field


@pytest.fixture
def fields(world: World) -> World:
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            make_field(organisation, "text", "Note")
            make_field(organisation, "number", "Budget")
            make_field(organisation, "date", "Call")
            make_field(organisation, "choice", "Size", "Small", "Large")
            make_field(organisation, "choices", "Trades", "Usinage", "Fonderie", "Soudure")
            make_field(organisation, "boolean", "Robots")
            make_field(organisation, "number", "Machines", subject="company")
    return world


@pytest.fixture
def own(fields: World, scoped: World) -> World:
    return fields


def asked(field: str, op: str, *value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, **({"value": value[0]} if value else {})}


# --- Against a slow and obvious reading -----------------------------------------------------------


def compare_choices(held: list[str] | None, op: str, value: Any) -> bool:
    answers = {
        "any_of": lambda: bool(set(held or ()) & set(value)),
        "all_of": lambda: set(value) <= set(held or ()),
        "none_of": lambda: not set(held or ()) & set(value),
        "is_set": lambda: held is not None,
        "is_not_set": lambda: held is None,
    }
    return answers[op]()


def holds(document: dict[str, Any], custom: dict[str, Any], machines: int | None) -> bool:
    if "not" in document:
        return not holds(document["not"], custom, machines)
    name, op, value = document["field"], document["op"], document.get("value")
    held: Any = machines if name == "company.custom.machines" else custom.get(name.removeprefix("custom."))
    if name == "custom.note":
        return compare_text(held or "", op, value)
    if name == "custom.call":
        return compare_ordered(held and date.fromisoformat(held), op, day_of(value))
    if name == "custom.size":
        return compare_choice(held, op, value)
    if name == "custom.trades":
        return compare_choices(held, op, value)
    return compare_ordered(held, op, value)


CODES = ["fonderie", "soudure", "usinage"]
NUMBERS = [-3.0, 0.0, 12.5, 1e9]
DAYS = ["2020-02-29", "2026-11-22"]
PERSON = st.fixed_dictionaries(
    {},
    optional={
        "note": st.sampled_from(["Zoé", "zoé", "100%", "a'b"]),
        "budget": st.sampled_from([-3, 0, 12.5, 10**9]),
        "call": st.sampled_from(DAYS),
        "size": st.sampled_from(["small", "large"]),
        "trades": st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True).map(sorted),
        "robots": st.booleans(),
    },
)


def _documents() -> st.SearchStrategy[dict[str, Any]]:
    orders, presence = ["gt", "gte", "lt", "lte"], ["is_set", "is_not_set"]
    texts = ["is", "is_not", "contains", "starts_with"]
    found = [st.builds(asked, st.just("custom.note"), st.sampled_from(texts), st.sampled_from(["ZOÉ", "0%", "a'"]))]
    for name in ("custom.budget", "company.custom.machines"):
        found += [st.builds(asked, st.just(name), st.sampled_from(["is", "is_not", *orders]), st.sampled_from(NUMBERS))]
    found += [st.builds(asked, st.just("custom.call"), st.sampled_from(["is", *orders]), st.sampled_from(DAYS))]
    found += [st.builds(asked, st.just("custom.size"), st.sampled_from(["is", "is_not"]), st.just("small"))]
    found += [
        st.builds(
            asked,
            st.just("custom.trades"),
            st.sampled_from(["any_of", "all_of", "none_of"]),
            st.lists(st.sampled_from(CODES), min_size=1, unique=True),
        )
    ]
    found += [st.builds(asked, st.just("custom.robots"), st.just("is"), st.booleans())]
    names = [f"custom.{key}" for key in ("note", "budget", "call", "size", "trades", "robots")]
    found += [st.builds(asked, st.sampled_from([*names, "company.custom.machines"]), st.sampled_from(presence))]
    one = st.one_of(found)
    return st.one_of(one, one.map(lambda part: {"not": part}))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    people=st.lists(st.tuples(PERSON, st.sampled_from([None, 0, 7])), min_size=3, max_size=6),
    documents=st.lists(_documents(), min_size=12, max_size=24),
)
def test_postgresql_and_the_reference_agree(
    own: World, people: list[tuple[dict[str, Any], int | None]], documents: list[dict[str, Any]]
) -> None:
    organisation, ids = own.organisation, []
    for custom, machines in people:
        company = None
        if machines is not None:
            company = Company.objects.create(organisation=organisation, name="x", custom={"machines": machines})
        ids.append(Contact.objects.create(organisation=organisation, custom=custom, company=company).pk)
    for document in documents:
        question = ask(organisation, document)
        assert question.problems == (), document
        wanted = [pk for pk, (custom, machines) in zip(ids, people, strict=True) if holds(document, custom, machines)]
        assert match_people(question, ids) == wanted, document
        assert [pk for pk in match_people(question) if pk in ids] == wanted, document


@pytest.mark.parametrize("stored", ["12", [1], {"a": 1}, "2026-02-31", True, None])
def test_what_no_field_can_hold_matches_nothing_and_breaks_nothing(own: World, stored: Any) -> None:
    keys = ("budget", "call", "trades", "robots")
    Contact.objects.create(organisation=own.organisation, custom=dict.fromkeys(keys, stored))
    for document in (
        asked("custom.budget", "gte", 0),
        asked("custom.call", "gte", "2020-01-01"),
        asked("custom.trades", "any_of", ["usinage"]),
        asked("custom.robots", "is", False),
    ):
        assert match_people(ask(own.organisation, document)) == []


# --- Words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "in_english", "in_french"),
    [
        (asked("custom.budget", "gte", 1500), "Budget is at least 1,500", "Budget vaut au moins 1\u202f500"),
        (asked("custom.call", "lt", "2026-03-12"), "Call is before 12 Mar 2026", "Call est avant le 12 mars 2026"),
        (asked("custom.size", "is", "large"), "Size is Large", "Size est Large"),
        (
            asked("custom.trades", "any_of", ["usinage", "fonderie"]),
            "Trades includes Usinage or Fonderie",
            "Trades comprend Usinage ou Fonderie",
        ),
        (
            asked("custom.trades", "all_of", ["usinage", "fonderie", "soudure"]),
            "Trades includes all of Usinage, Fonderie and Soudure",
            "Trades comprend à la fois Usinage, Fonderie et Soudure",
        ),
        (
            asked("custom.trades", "none_of", ["soudure"]),
            "Trades does not include Soudure",
            "Trades ne comprend pas Soudure",
        ),
        (asked("custom.robots", "is", True), "Robots: yes", "Robots\u202f: oui"),
        (asked("company.custom.machines", "gt", 3), "Machines is more than 3", "Machines dépasse 3"),
    ],
)
def test_a_condition_reads_as_a_sentence(own: World, document: Any, in_english: str, in_french: str) -> None:
    assert sentence(document, people_vocabulary()) == in_english
    with translation.override("fr"):
        assert sentence(document, people_vocabulary()) == in_french


def test_the_schema_knows_own_fields_and_their_choices(own: World) -> None:
    for words in (people_vocabulary(), profile_vocabulary()):
        schema = condition_schema(words)
        assert matches_schema(asked("custom.trades", "all_of", ["usinage"]), schema)
        assert matches_schema(asked("company.custom.machines", "between", [1, 2]), schema)
        assert not matches_schema(asked("custom.trades", "all_of", ["painting"]), schema)
        assert not matches_schema(asked("custom.colour", "is", "red"), schema)


def test_another_organisations_fields_do_not_exist(fields: World) -> None:
    with organisation_scope(fields.twin.pk):
        make_field(fields.twin, "text", "Colour")
    with organisation_scope(fields.organisation.pk):
        question = ask(fields.organisation, asked("custom.colour", "is", "red"))
        assert [problem.message for problem in question.problems] == [
            "The field “custom.colour” does not exist, or no longer."
        ]
    with organisation_scope(fields.twin.pk):
        assert ask(fields.twin, asked("custom.colour", "is", "red")).problems == ()


def test_definitions_are_read_once_for_a_page(own: World) -> None:
    words = people_vocabulary()
    document = {"all": [asked("custom.budget", "gt", n) for n in range(5)]}
    with CaptureQueriesContext(connection) as captured:
        sentence(document, words)
        ask(own.organisation, document, words=words)
        words.list_fields()
    assert len(captured.captured_queries) == 4


# --- When a definition goes -----------------------------------------------------------------------


def test_an_archived_field_matches_nobody_and_says_so(own: World) -> None:
    create_contact(own.organisation, values={"email": "a@b.example"}, custom={"note": "x"}, by=None)
    field = CustomField.objects.get(key="note")
    archive_field(own.organisation, field_id=field.pk, by=own.admin)
    for document in (asked("custom.note", "is_not", "y"), {"not": asked("custom.note", "is", "y")}):
        question = ask(own.organisation, document)
        assert match_people(question) == []
        assert sentence(document, people_vocabulary()) == "Matches nobody: The field “Note” was archived."
    with pytest.raises(Invalid):
        create_segment(own.organisation, values=SegmentInput("x", asked("custom.note", "is_set")), by=own.admin)
    assert "custom.note" not in [one.name for one in people_vocabulary().list_fields()]
    restore_field(own.organisation, field_id=field.pk, by=own.admin)
    assert len(match_people(ask(own.organisation, asked("custom.note", "is", "x")))) == 1


@pytest.fixture
def living(own: World, monkeypatch: pytest.MonkeyPatch) -> Segment:
    """A segment kept up to date by what changes."""
    monkeypatch.setattr(keeping, "_open_transactions", lambda: None)
    segment = create_segment(
        own.organisation, values=SegmentInput("Big", asked("custom.size", "is", "large")), by=own.admin
    )
    keep_segments(own.organisation)
    return segment


def size(segment: Segment) -> tuple[int, bool]:
    segment.refresh_from_db()
    return segment.size, segment.is_stale


def test_a_living_segment_follows_values_and_definitions(own: World, living: Segment) -> None:
    contact = create_contact(own.organisation, values={"email": "a@b.example"}, custom={"size": "large"}, by=None)
    keep_segments(own.organisation)
    assert size(living) == (1, False)
    field = CustomField.objects.get(key="size")
    archive_field(own.organisation, field_id=field.pk, by=own.admin)
    keep_segments(own.organisation)
    assert size(living) == (0, True)
    restore_field(own.organisation, field_id=field.pk, by=own.admin)
    keep_segments(own.organisation)
    assert size(living) == (1, False)
    update_contact(own.organisation, contact_id=contact.pk, values={}, custom={"size": "small"}, by=None)
    keep_segments(own.organisation)
    assert size(living) == (0, False)
    given = FieldInput("Size", "choice", choices=[field.options[0]])
    update_field(own.organisation, field_id=field.pk, given=given, by=own.admin)
    keep_segments(own.organisation)
    assert size(living) == (0, True)


def test_a_segment_is_made_of_an_own_field_in_the_editor(fields: World) -> None:
    client = fields.client(fields.marketer)
    address = fields.path("segments/new/")
    step = {
        "name": "Founders",
        "kind": "living",
        "condition-every": "all",
        "condition-rows": "1",
        "condition-0-field": "custom.trades",
        "condition-0-op": "all_of",
    }
    page = client.post(address, {**step, "condition-step": "refresh"}).content.decode()
    assert "Person, fields of our own" in page
    assert 'name="condition-0-value" value="fonderie"' in page
    assert client.post(address, {**step, "condition-0-value": ["fonderie", "usinage"]}).status_code == 302
    with organisation_scope(fields.organisation.pk):
        segment = Segment.objects.get()
        create_contact(
            fields.organisation,
            values={"email": "a@b.example"},
            company=CompanyInput(name="Solvane"),
            custom={"trades": "fonderie|usinage"},
            by=None,
        )
        assert segment.condition == {"all": [asked("custom.trades", "all_of", ["fonderie", "usinage"])]}
        assert len(match_people(ask(fields.organisation, segment.condition))) == 1
    page = client.get(fields.path(f"segments/{segment.pk}/edit/")).content.decode()
    assert 'value="fonderie" checked' in page
