"""Consent in conditions: what they match, in words, and what living segments make of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.consent.confirming import ask_to_confirm
from contacts.consent.models import Act, Basis, Confirmation, Purpose, Source
from contacts.consent.purposes import PurposeWords, archive_purpose, restore_purpose, update_purpose, words_of
from contacts.consent.services import record_consents
from contacts.models import Contact
from contacts.segments import keeping
from contacts.segments.keeping import keep_segments
from contacts.segments.matching import ask, match_people, people_vocabulary
from contacts.segments.models import Segment, SegmentMember, TouchedContact
from contacts.segments.services import SegmentInput, create_segment
from contacts.suppressions import record_opt_out
from prm.conditions.schema import condition_schema
from prm.conditions.sentences import sentence
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.work.errors import Invalid
from tests.conditions.test_documents import matches_schema
from tests.conftest import World

YES, NO, ASKED, NOTHING = "yes", "no", "asked", "nothing"


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the transactions of other test processes on the same server."""
    monkeypatch.setattr(keeping, "_open_transactions", lambda: None)


def asked(field: str, op: str, *value: Any) -> dict[str, Any]:
    return {"field": f"consent.{field}", "op": op, **({"value": value[0]} if value else {})}


# --- Against a slow and obvious reading -----------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What a person of the property test said to a purpose, and whether they wait to be asked."""

    acts: tuple[tuple[Act, Source], ...]
    is_asked: bool

    @property
    def in_force(self) -> tuple[str, Source] | None:
        known: tuple[str, Source] | None = None
        for act, source in self.acts:
            if act != Act.GIVEN:
                known = NO, source
            elif source == Source.CENTRE or known is None or known[0] != NO:
                known = YES, source
        return known

    @property
    def answer(self) -> str:
        return self.in_force[0] if self.in_force else ASKED if self.is_asked else NOTHING

    @property
    def is_own(self) -> bool:
        return self.in_force == (YES, Source.CENTRE)


ACTS = st.tuples(st.sampled_from(list(Act)), st.sampled_from([Source.CENTRE, Source.IMPORT]))
SAID = st.builds(Said, st.lists(ACTS, max_size=3).map(tuple), st.booleans())
PEOPLE_SAY = st.fixed_dictionaries(
    {"phone": SAID, "partners": SAID, "has_phone": st.booleans(), "has_address": st.booleans()}
)


def reference(person: dict[str, Any], document: dict[str, Any]) -> bool:
    if "not" in document:
        return not reference(person, document["not"])
    _prefix, code, *ending = document["field"].split(".")
    said, op, value = person[code], document["op"], document.get("value")
    answer = said.answer
    if not ending:
        among: bool = answer in (value if isinstance(value, list) else [value])
        return not among if op == "is_not" else among
    if ending == ["since"]:
        return bool((answer in {YES, NO}) == (op == "is_set"))
    allowed = answer == YES if code == "partners" else answer != NO and person["has_phone"]
    found = {"allowed": allowed, "own": said.is_own, "asked": said.is_asked}
    return bool(found[ending[0]]) is value


CODES = st.sampled_from(["phone", "partners"])
ANSWERS = st.sampled_from([YES, NO, ASKED, NOTHING])
DOCUMENTS = st.one_of(
    st.builds(asked, CODES, st.sampled_from(["is", "is_not"]), ANSWERS),
    st.builds(asked, CODES, st.just("in"), st.lists(ANSWERS, min_size=1, unique=True)),
    st.builds(asked, CODES.map("{}.since".format), st.sampled_from(["is_set", "is_not_set"])),
    st.builds(
        asked,
        st.tuples(CODES, st.sampled_from(["allowed", "own", "asked"])).map(".".join),
        st.just("is"),
        st.booleans(),
    ),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    people=st.lists(PEOPLE_SAY, min_size=2, max_size=5),
    documents=st.lists(st.one_of(DOCUMENTS, DOCUMENTS.map(lambda one: {"not": one})), min_size=12, max_size=24),
)
def test_postgresql_and_the_reference_agree(
    solvane: Organisation, people: list[dict[str, Any]], documents: list[dict[str, Any]]
) -> None:
    ids = []
    purposes = {one.code: one for one in Purpose.objects.all()}
    for person in people:
        contact = Contact.objects.create(organisation=solvane, phone="+33140000000" if person["has_phone"] else "")
        ids.append(contact.pk)
        for code in ("phone", "partners"):
            for month, (act, source) in enumerate(person[code].acts, start=1):
                at = datetime(2026, month, 1, tzinfo=UTC)
                record_consents(solvane, [contact.pk], purpose=code, act=act, source=source, at=at)
            if person[code].is_asked:
                purpose = purposes[code]
                Confirmation.objects.create(organisation=solvane, contact=contact, purpose=purpose, version=1)
    for document in documents:
        question = ask(solvane, document)
        assert question.problems == (), document
        wanted = [pk for pk, person in zip(ids, people, strict=True) if reference(person, document)]
        assert match_people(question, ids) == wanted, document
        assert [pk for pk in match_people(question) if pk in ids] == wanted, document


def matches(organisation: Organisation, document: dict[str, Any]) -> list[str]:
    return list(
        Contact.objects.filter(pk__in=match_people(ask(organisation, document)))
        .order_by("last_name")
        .values_list("last_name", flat=True)
    )


def test_emails_at_all_are_what_a_message_looks_at_before_it_leaves(
    solvane: Organisation, ines: Contact, scoped: World
) -> None:
    said_no = Contact.objects.create(organisation=solvane, email="no@acme.example", last_name="No")
    record_consents(solvane, [said_no.pk], purpose="email", act=Act.WITHDRAWN, source=Source.MEMBER)
    bounced = Contact.objects.create(organisation=solvane, email="gone@acme.example", last_name="Out")
    record_opt_out(solvane, contact=bounced, source="x")
    Contact.objects.create(organisation=solvane, last_name="Without")
    assert matches(solvane, asked("email.allowed", "is", True)) == ["Ines"]
    assert matches(solvane, asked("email.allowed", "is", False)) == ["No", "Out", "Without"]
    email = Purpose.objects.get(code="email")
    words = PurposeWords(**words_of(email.texts.get()))
    update_purpose(
        solvane, purpose_id=email.pk, words=words, basis=Basis.CONSENT, channel=email.channel, by=scoped.admin
    )
    assert matches(solvane, asked("email.allowed", "is", True)) == []
    record_consents(solvane, [ines.pk], purpose="email", act=Act.GIVEN, source=Source.FORM)
    assert matches(solvane, asked("email.allowed", "is", True)) == ["Ines"]
    # Another purpose by e-mail allows no more than e-mails at all.
    record_consents(solvane, [ines.pk, said_no.pk], purpose="open_tracking", act=Act.GIVEN, source=Source.CENTRE)
    assert matches(solvane, asked("open_tracking.allowed", "is", True)) == ["Ines"]


def test_the_last_decision_is_dated(solvane: Organisation, ines: Contact) -> None:
    at = datetime(2026, 3, 12, 12, tzinfo=UTC)
    record_consents(solvane, [ines.pk], purpose="phone", act=Act.GIVEN, source=Source.CENTRE, at=at)
    assert matches(solvane, asked("phone.since", "is", "2026-03-12")) == ["Ines"]
    assert matches(solvane, asked("phone.since", "within", 7)) == []
    assert matches(solvane, asked("phone.since", "beyond", 7)) == ["Ines"]


# --- Words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "in_english", "in_french"),
    [
        (
            asked("phone", "is", YES),
            "consent to “Telephone”: said yes",
            "consentement « Téléphone » : a dit oui",
        ),
        (
            asked("phone", "in", [NO, NOTHING]),
            "consent to “Telephone”: said no or has not been asked",
            "consentement « Téléphone » : a dit non ou pas encore sollicité",
        ),
        (
            asked("phone", "is_not", ASKED),
            "consent to “Telephone”: anything but “asked to confirm, no answer yet”",
            "consentement « Téléphone » : tout sauf « confirmation demandée, pas encore de réponse »",
        ),
        (
            asked("partners.allowed", "is", False),
            "“Partners” is allowed: no",
            "« Partenaires » est permis : non",
        ),
        (asked("email.allowed", "is", True), "may get e-mails at all: yes", "peut recevoir des e-mails : oui"),
        (
            asked("email.own", "is", True),
            "said yes to “E-mails” themselves: yes",
            "a dit oui de son propre chef à « E-mails » : oui",
        ),
        (
            asked("email.since", "within", 30),
            "last decision about “E-mails”: at most 30 days ago",
            "dernière décision sur « E-mails » : il y a 30 jours au plus",
        ),
    ],
)
def test_a_condition_reads_as_a_sentence(solvane: Organisation, document: Any, in_english: str, in_french: str) -> None:
    assert sentence(document, people_vocabulary()) == in_english
    with translation.override("fr"):
        assert sentence(document, people_vocabulary()).replace("\u202f", " ").replace("\xa0", " ") == in_french


def test_the_schema_knows_answers_and_asks_nobody_whether_they_are_known(solvane: Organisation) -> None:
    schema = condition_schema(people_vocabulary())
    assert matches_schema(asked("phone", "in", [YES, ASKED]), schema)
    assert matches_schema(asked("phone.allowed", "is", True), schema)
    assert matches_schema(asked("phone.since", "is_set"), schema)
    for wrong in (asked("phone", "is_set"), asked("phone.allowed", "is_set")):
        assert not matches_schema(wrong, schema)
        assert ask(solvane, wrong).problems
    assert ask(solvane, asked("phone", "is", "perhaps")).problems != ()


def test_an_archived_purpose_matches_nobody_and_says_so(solvane: Organisation, ines: Contact, scoped: World) -> None:
    partners = Purpose.objects.get(code="partners")
    archive_purpose(solvane, purpose_id=partners.pk, by=scoped.admin)
    for document in (asked("partners", "is", NOTHING), {"not": asked("partners.allowed", "is", True)}):
        assert matches(solvane, document) == []
        assert sentence(document, people_vocabulary()) == "Matches nobody: The purpose “Partners” was archived."
        with pytest.raises(Invalid):
            create_segment(solvane, values=SegmentInput("x", document), by=scoped.admin)
    assert "consent.partners" not in [one.name for one in people_vocabulary().list_fields()]
    restore_purpose(solvane, purpose_id=partners.pk, by=scoped.admin)
    assert matches(solvane, asked("partners", "is", NOTHING)) == ["Ines"]


def test_another_organisations_purposes_do_not_exist(solvane: Organisation) -> None:
    Purpose.objects.create(organisation=solvane, code="fairs")
    assert ask(solvane, asked("fairs", "is", YES)).problems == ()
    twin = Organisation.objects.exclude(pk=solvane.pk).get(slug__contains="twin")
    with organisation_scope(twin.pk):
        assert ask(twin, asked("fairs", "is", YES)).problems != ()


# --- Living segments ------------------------------------------------------------------------------


def living(organisation: Organisation, document: dict[str, Any], by: World) -> Segment:
    values = SegmentInput("People", document)
    segment = create_segment(organisation, values=values, by=by.admin)
    keep_segments(organisation)
    return segment


def members(segment: Segment) -> list[str]:
    keep_segments(segment.organisation)
    stays = SegmentMember.objects.filter(segment=segment, left_at__isnull=True)
    return sorted(stays.values_list("contact__last_name", flat=True))


@pytest.mark.parametrize(
    ("document", "change"),
    [
        (
            asked("partners", "is", YES),
            lambda one: record_consents(
                one.organisation, [one.pk], purpose="partners", act=Act.GIVEN, source=Source.CENTRE
            ),
        ),
        (
            asked("phone.allowed", "is", False),
            lambda one: record_consents(
                one.organisation, [one.pk], purpose="phone", act=Act.OBJECTED, source=Source.MEMBER
            ),
        ),
        (asked("email", "is", NO), lambda one: record_opt_out(one.organisation, contact=one, source="link")),
        (
            asked("partners", "is", ASKED),
            lambda one: Confirmation.objects.create(
                organisation=one.organisation,
                contact=one,
                purpose=Purpose.objects.get(code="partners"),
                version=1,
            ),
        ),
    ],
)
def test_a_living_segment_follows_what_people_say(
    solvane: Organisation, ines: Contact, scoped: World, document: dict[str, Any], change: Callable[[Contact], Any]
) -> None:
    Contact.objects.filter(pk=ines.pk).update(phone="+33140000000")
    segment = living(solvane, document, scoped)
    assert members(segment) == []
    change(ines)
    assert TouchedContact.objects.filter(contact_id=ines.pk).exists()
    assert members(segment) == ["Ines"]


def test_segments_that_ask_something_else_are_not_bothered(solvane: Organisation, ines: Contact, scoped: World) -> None:
    living(solvane, {"field": "job_title", "op": "is", "value": "x"}, scoped)
    record_consents(solvane, [ines.pk], purpose="partners", act=Act.GIVEN, source=Source.CENTRE)
    assert not TouchedContact.objects.exists()


def test_a_purpose_that_changes_is_looked_at_for_everybody(solvane: Organisation, ines: Contact, scoped: World) -> None:
    segment = living(solvane, asked("partners.allowed", "is", True), scoped)
    assert members(segment) == []
    partners = Purpose.objects.get(code="partners")
    words = PurposeWords(**words_of(partners.texts.get()))
    update_purpose(solvane, purpose_id=partners.pk, words=words, basis=Basis.INTEREST, channel="", by=scoped.admin)
    assert members(segment) == ["Ines"]
    archive_purpose(solvane, purpose_id=partners.pk, by=scoped.admin)
    assert members(segment) == []
    segment.refresh_from_db()
    assert segment.is_stale
    restore_purpose(solvane, purpose_id=partners.pk, by=scoped.admin)
    assert members(segment) == ["Ines"]


def test_who_is_asked_by_email_waits_until_they_answer(solvane: Organisation, ines: Contact, scoped: World) -> None:
    segment = living(solvane, asked("email.asked", "is", True), scoped)
    assert ask_to_confirm(solvane, [ines.pk], purpose="email", by=scoped.admin) == {ines.pk: ""}
    assert members(segment) == ["Ines"]
    Confirmation.objects.update(confirmed_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert members(segment) == []
