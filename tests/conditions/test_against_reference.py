"""Conditions on PostgreSQL against a slow and obvious reading of the same documents, over rows of every sort."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.models import Company, Contact, Standing, Suppression, Tier
from contacts.segments.matching import ask, match_people
from prm.organisations.scope import organisation_scope
from tests.conftest import World
from touchpoints.kinds import ensure_kinds
from touchpoints.models import Interaction, Touchpoint

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
TEXTS = [
    "",
    "Élodie",
    "élodie",
    "ÉLO",
    "100%",
    "a_b",
    "a\\b",
    "O'Neil",
    "12",
    "12.5",
    "-3",
    "日本",
    "𝒳 y",
    " x ",
    "NULL",
]
ASKED = [text.strip() for text in TEXTS if text.strip()]
NUMBERS: list[float | None] = [None, -3, 0, 12, 12.5, 1e9]
DAYS = [None, date(2020, 2, 29), date(2026, 11, 22), date(2026, 11, 23)]
MOMENTS = [
    None,
    *(NOW - timedelta(days=days, seconds=seconds) for days, seconds in ((0, 0), (1, 0), (1, 1), (29, 9), (90, 0))),
]
PROPERTIES: list[Any] = [None, "12", 12, 12.5, "abc", "", True, [1], {"a": 1}, "1e5", 10**30]
KINDS, PLACES = ["page_view", "webinar", "form_sent"], ["pricing", "home"]
VERDICTS = ["human", "human", "human", "bot", "suspect", "system"]


# --- The reference --------------------------------------------------------------------------------


def as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def compare_text(text: str, op: str, value: Any) -> bool:
    text = text.lower()
    answers: dict[str, Callable[[], Any]] = {
        "is": lambda: text == value.lower(),
        "is_not": lambda: text != value.lower(),
        "contains": lambda: value.lower() in text,
        "starts_with": lambda: text.startswith(value.lower()),
        "in": lambda: text in [one.lower() for one in value],
        "is_set": lambda: text != "",
        "is_not_set": lambda: text == "",
    }
    return bool(answers[op]())


def compare_ordered(left: Any, op: str, value: Any) -> bool:
    if op in {"is_set", "is_not_set"}:
        return (left is not None) == (op == "is_set")
    if op in {"is", "is_not"}:
        return bool(left == value) == (op == "is")
    if left is None:
        return False
    answers: dict[str, Callable[[], Any]] = {
        "gt": lambda: left > value,
        "gte": lambda: left >= value,
        "lt": lambda: left < value,
        "lte": lambda: left <= value,
        "between": lambda: value[0] <= left <= value[1],
    }
    return bool(answers[op]())


def compare_choice(left: Any, op: str, value: Any) -> bool:
    answers: dict[str, Callable[[], Any]] = {
        "is": lambda: left == value,
        "is_not": lambda: left != value,
        "in": lambda: left in value,
        "is_set": lambda: left is not None,
        "is_not_set": lambda: left is None,
    }
    return bool(answers[op]())


def compare_moment(left: datetime | None, op: str, value: Any) -> bool:
    if op in {"within", "beyond"}:
        return left is not None and (left > NOW - timedelta(days=value)) == (op == "within")
    day = None if left is None else left.astimezone(PARIS).date()
    return compare_ordered(day, op, day_of(value))


def day_of(value: Any) -> Any:
    if isinstance(value, list):
        return [date.fromisoformat(one) for one in value]
    return None if value is None else date.fromisoformat(value)


def compare_property(held: Any, op: str, value: Any) -> bool:
    numeric = op in {"gt", "gte", "lt", "lte", "between"} or isinstance(value, int | float)
    if not numeric:
        return compare_text(as_json(held) if isinstance(held, list | dict) else as_text(held), op, value)
    is_number = isinstance(held, int | float) and not isinstance(held, bool)
    reads_as_one = isinstance(held, str) and re.fullmatch(r"-?[0-9]+([.][0-9]+)?", held)
    return compare_ordered(float(held) if is_number or reads_as_one else None, op, value)


def as_json(held: Any) -> str:
    return "[1]" if isinstance(held, list) else '{"a": 1}'


def did(person: dict[str, Any], op: str, value: dict[str, Any]) -> bool:
    count = 0
    for act in person["acts"]:
        asked = value.get("property")
        count += (
            act["verdict"] == "human"
            and act["kind"] == value["kind"]
            and value.get("touchpoint") in {None, act["place"]}
            and ("days" not in value or act["at"] > NOW - timedelta(days=value["days"]))
            and (
                asked is None or compare_property(act["properties"].get(asked["name"]), asked["op"], asked.get("value"))
            )
        )
    return bool(count >= value.get("times", 1)) == (op == "did")


COMPARES: dict[str, tuple[Callable[..., Any], Callable[[dict[str, Any]], Any]]] = {
    "last_name": (compare_text, lambda p: p["last_name"]),
    "company.city": (compare_text, lambda p: p["city"] or ""),
    "qualification_percent": (compare_ordered, lambda p: p["qualification"]),
    "score.total": (compare_ordered, lambda p: p["total"]),
    "company.founded_on": (lambda left, op, value: compare_ordered(left, op, day_of(value)), lambda p: p["founded"]),
    "company.is_closed": (compare_ordered, lambda p: p["closed"]),
    "contactable": (compare_ordered, lambda p: p["contactable"]),
    "tier": (compare_choice, lambda p: p["tier"]),
    "stage": (compare_choice, lambda p: p["stage"]),
    "last_act_at": (compare_moment, lambda p: p["last_act"]),
    "properties.p": (compare_property, lambda p: p["property"]),
}


def holds(document: Any, person: dict[str, Any]) -> bool:
    if document == {}:
        return True
    if "all" in document:
        return all(holds(part, person) for part in document["all"])
    if "any" in document:
        return any(holds(part, person) for part in document["any"])
    if "not" in document:
        return not holds(document["not"], person)
    if document["field"] == "acts":
        return bool(did(person, document["op"], document["value"]))
    compare, read = COMPARES[document["field"]]
    return bool(compare(read(person), document["op"], document.get("value")))


# --- Random documents and people ------------------------------------------------------------------


def asks(field: str, op: str, value: st.SearchStrategy[Any] | None) -> st.SearchStrategy[dict[str, Any]]:
    if value is None:
        return st.just({"field": field, "op": op})
    return value.map(lambda one: {"field": field, "op": op, "value": one})


def pairs(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.tuples(st.sampled_from(values), st.sampled_from(values)).map(sorted)


def comparisons() -> st.SearchStrategy[dict[str, Any]]:
    numbers = [-3.0, 0.0, 12.0, 12.5, 1e9]
    days = ["2020-02-29", "2026-11-21", "2026-11-22", "2026-11-23"]
    one_text, one_number, one_day = st.sampled_from(ASKED), st.sampled_from(numbers), st.sampled_from(days)
    orders = ["gt", "gte", "lt", "lte"]
    found: list[st.SearchStrategy[dict[str, Any]]] = []
    for field in ("last_name", "company.city", "properties.p"):
        found += [asks(field, op, one_text) for op in ("is", "is_not", "contains", "starts_with")]
        found += [asks(field, "in", st.lists(one_text, min_size=1, max_size=3))]
        found += [asks(field, op, None) for op in ("is_set", "is_not_set")]
    for field in ("qualification_percent", "score.total", "properties.p"):
        found += [asks(field, op, one_number) for op in ("is", "is_not", *orders)]
        found += [asks(field, "between", pairs(numbers))]
    for field in ("company.founded_on", "last_act_at"):
        found += [asks(field, op, one_day) for op in ("is", *orders)]
        found += [asks(field, "between", pairs(days)), asks(field, "is_set", None), asks(field, "is_not_set", None)]
    found += [asks("last_act_at", op, st.sampled_from([1, 29, 30, 3650])) for op in ("within", "beyond")]
    found += [asks(field, "is", st.booleans()) for field in ("company.is_closed", "contactable")]
    for field, codes in (("tier", ["cold", "warm", "hot"]), ("stage", ["suspect", "prospect", "mql"])):
        found += [asks(field, op, st.sampled_from(codes)) for op in ("is", "is_not")]
        found += [asks(field, "in", st.lists(st.sampled_from(codes), min_size=1))]
    asked_property = st.one_of(
        st.builds(
            lambda op, value: {"name": "p", "op": op, "value": value}, st.sampled_from(["is", "contains"]), one_text
        ),
        st.builds(lambda op, value: {"name": "p", "op": op, "value": value}, st.sampled_from(orders), one_number),
        st.just({"name": "p", "op": "is_set"}),
    )
    acts = st.fixed_dictionaries(
        {"kind": st.sampled_from(KINDS)},
        optional={
            "touchpoint": st.sampled_from(PLACES),
            "times": st.integers(1, 3),
            "days": st.sampled_from([1, 29, 30, 3650]),
            "property": asked_property,
        },
    )
    behaviour = st.one_of(asks("acts", "did", acts), asks("acts", "did_not", acts))
    return st.one_of(behaviour, st.one_of(found))


DOCUMENTS = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=4).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=10,
)
ACT = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "place": st.sampled_from([None, *PLACES]),
        "verdict": st.sampled_from(VERDICTS),
        "at": st.sampled_from([moment for moment in MOMENTS if moment]),
        "properties": st.sampled_from(PROPERTIES).map(lambda value: {"p": value}),
    }
)
PERSON = st.fixed_dictionaries(
    {
        "last_name": st.sampled_from(TEXTS),
        "city": st.sampled_from([None, *TEXTS]),
        "founded": st.sampled_from(DAYS),
        "closed": st.booleans(),
        "qualification": st.sampled_from([-3, 0, 12, 100]),
        "total": st.sampled_from([0.0, 12.0, 12.5]),
        "tier": st.sampled_from(["cold", "warm", "hot"]),
        "stage": st.sampled_from(["suspect", "prospect", "mql"]),
        "last_act": st.sampled_from(MOMENTS),
        "contactable": st.booleans(),
        "property": st.sampled_from(PROPERTIES),
        "acts": st.lists(ACT, max_size=4),
    }
)


def store(world: World, people: list[dict[str, Any]]) -> list[int]:
    """Write people as they are described; without a city they have no company."""
    organisation = world.organisation
    for code in PLACES:
        Touchpoint.objects.get_or_create(organisation=organisation, code=code, defaults={"name": code})
    places: dict[str | None, int | None] = {None: None, **dict(Touchpoint.objects.values_list("code", "pk"))}
    ids = []
    for person in people:
        company = None
        if person["city"] is None:
            person["founded"] = person["closed"] = None
        else:
            company = Company.objects.create(
                organisation=organisation,
                name="x",
                city=person["city"],
                founded_on=person["founded"],
                is_closed=person["closed"],
            )
        contact = Contact.objects.create(
            organisation=organisation,
            last_name=person["last_name"],
            company=company,
            qualification_percent=person["qualification"],
            stage=person["stage"],
            properties={"p": person["property"]},
        )
        Standing.objects.filter(contact=contact).update(
            total=person["total"], tier=Tier[person["tier"].upper()], last_act_at=person["last_act"]
        )
        if not person["contactable"]:
            Suppression.objects.create(organisation=organisation, contact=contact, reason="bounce")
        for act in person["acts"]:
            Interaction.objects.create(
                organisation=organisation,
                contact=contact,
                touchpoint_id=places[act["place"]],
                kind=act["kind"],
                verdict=act["verdict"],
                occurred_at=act["at"],
                properties=act["properties"],
            )
        ids.append(contact.pk)
    return ids


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=st.lists(PERSON, min_size=4, max_size=7), documents=st.lists(DOCUMENTS, min_size=12, max_size=25))
def test_postgresql_and_the_reference_agree(
    scoped: World, people: list[dict[str, Any]], documents: list[dict[str, Any]]
) -> None:
    ensure_kinds(scoped.organisation)
    ids = store(scoped, people)
    some = ids[::2]
    for document in documents:
        question = ask(scoped.organisation, document, now=NOW)
        assert question.problems == (), document
        wanted = [pk for pk, person in zip(ids, people, strict=True) if holds(document, person)]
        assert match_people(question, ids) == wanted, document
        assert match_people(question, some) == [pk for pk in wanted if pk in some], document
        assert [pk for pk in match_people(question) if pk in ids] == wanted, document


def test_the_twin_is_never_matched(world: World) -> None:
    for organisation in (world.organisation, world.twin):
        with organisation_scope(organisation.pk):
            ensure_kinds(organisation)
            contact = Contact.objects.create(organisation=organisation, last_name="Camille")
            Interaction.objects.create(
                organisation=organisation, contact=contact, kind="webinar", occurred_at=timezone.now()
            )
    with organisation_scope(world.organisation.pk):
        question = ask(world.organisation, {"field": "acts", "op": "did", "value": {"kind": "webinar"}})
        assert match_people(question) == [Contact.objects.get().pk]


@pytest.mark.parametrize(
    "value",
    [{"kind": "gone"}, {"kind": "webinar", "touchpoint": "pricing"}],
)
def test_what_is_gone_matches_nobody_even_turned_round(scoped: World, value: dict[str, Any]) -> None:
    ensure_kinds(scoped.organisation)
    Contact.objects.create(organisation=scoped.organisation, last_name="Camille")
    for document in (
        {"field": "acts", "op": "did_not", "value": value},
        {"not": {"field": "acts", "op": "did", "value": value}},
        {"field": "owner", "op": "is_not", "value": "999"},
    ):
        question = ask(scoped.organisation, document)
        assert match_people(question) == []
        assert question.problems


def test_the_next_due_is_when_the_last_needed_act_leaves_its_window(scoped: World) -> None:
    ensure_kinds(scoped.organisation)
    contact = Contact.objects.create(organisation=scoped.organisation, last_name="Camille")
    for days in (2, 5, 9):
        Interaction.objects.create(
            organisation=scoped.organisation, contact=contact, kind="webinar", occurred_at=NOW - timedelta(days=days)
        )
    for times, days_left in ((1, 28), (2, 25), (3, 21), (4, None)):
        value = {"kind": "webinar", "times": times, "days": 30}
        question = ask(scoped.organisation, {"field": "acts", "op": "did", "value": value}, now=NOW)
        with connection.cursor() as cursor:
            cursor.execute(question.select(question.next_due, chosen=False), question.params)
            due = cursor.fetchone()[0]
        assert due == (None if days_left is None else NOW + timedelta(days=days_left))
