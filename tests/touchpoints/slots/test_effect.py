"""Exposures are believed as far as they were given, counted for people and joined; effects are said honestly."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from contacts.models import Contact, StageChange, Standing
from contacts.personas.queries import Step
from contacts.rights.erasing import erase_contact
from prm.organisations.models import Organisation
from prm.organisations.scope import organisation_scope
from prm.reactions import CONSUMERS
from tests.conftest import World
from tests.touchpoints.slots.asking import ask, make_slot, variant
from tests.touchpoints.tracking.sending import GOOGLEBOT, event, make_site, new_browser, page, read, send
from touchpoints.consuming import consume
from touchpoints.models import Interaction
from touchpoints.recognition.queries import list_homeless
from touchpoints.recording import NewInteraction, record
from touchpoints.slots.document import Goal, read_document
from touchpoints.slots.measuring import Effect, Measured, Word, fisher, judge, measure
from touchpoints.slots.models import Slot, SlotVersion
from touchpoints.slots.tokens import Exposure, make_token, read_token
from touchpoints.timeline import get_timeline
from touchpoints.tracking.identity import identify
from touchpoints.tracking.models import Site


def shown() -> list[dict[str, Any]]:
    rows = Interaction.objects.filter(kind="slot_shown", verdict="human", properties__has_key="slot").order_by("id")
    return [{name: row.properties[name] for name in ("slot", "version", "variant", "control")} for row in rows]


def test_what_was_given_and_seen_enters_the_log_and_joins(solvane: Organisation, site: Site) -> None:
    slot = make_slot(solvane, variant("one"))
    (first,) = read_document(slot.draft).variants
    browser = new_browser()
    token = ask(site, browser=browser)["hero"]["x"]
    send(site, page(), event("slot_shown", x=token), browser=browser)
    read(solvane)
    assert shown() == [{"slot": "hero", "version": 1, "variant": first.key, "control": False}]
    row = Interaction.objects.get(kind="slot_shown")
    visit = Interaction.objects.get(kind="page_view").properties["visit"]
    assert (row.contact_id, row.properties["visit"]) == (None, visit)
    ines = Contact.objects.create(organisation=solvane, email="ines@acme.example")
    identify(solvane, browser=browser, contact_id=ines.pk)
    read(solvane)
    row.refresh_from_db()
    assert row.contact_id == ines.pk
    words = [one.summary for day in get_timeline(solvane, contact_id=ines.pk).days for one in day.entries]
    assert "hero: variant one" in words
    erase_contact(solvane, contact_id=ines.pk, by="admin")
    row.refresh_from_db()
    assert (row.properties, shown()) == ({}, [])


def test_what_was_shown_is_no_act_of_theirs(solvane: Organisation, site: Site) -> None:
    make_slot(solvane, variant("one"))
    browser = new_browser()
    send(site, page(), browser=browser)
    read(solvane)
    ines = Contact.objects.create(organisation=solvane, email="ines@acme.example")
    identify(solvane, browser=browser, contact_id=ines.pk)
    read(solvane)
    consume(solvane, CONSUMERS)
    before = Standing.objects.values_list("last_act_at", flat=True).get(contact=ines)
    homeless = list_homeless(solvane, {})
    token = ask(site, browser=browser)["hero"]["x"]
    send(site, event("slot_shown", x=token), browser=browser)
    read(solvane)
    consume(solvane, CONSUMERS)
    assert shown() != []
    assert Standing.objects.values_list("last_act_at", flat=True).get(contact=ines) == before
    assert list_homeless(solvane, {}) == homeless


def test_nobody_claims_what_they_were_not_given(scoped: World, solvane: Organisation, site: Site) -> None:
    slot = make_slot(solvane, variant("one"))
    mine, other = new_browser(), new_browser()
    token = ask(site, browser=mine)["hero"]["x"]
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    changed = token.replace(".0.", ".1.", 1)
    said = [event("slot_shown", x=one) for one in (forged, changed, "", "x" * 300)]
    send(site, page(), *said, event("slot_shown", slot="hero", variant="x"), browser=mine)
    send(site, page(), event("slot_shown", x=token), browser=other)
    read(solvane)
    with organisation_scope(scoped.twin.pk):
        twin = make_site(scoped.twin, hosts=("acme.fr",))
    send(twin, page(), event("slot_shown", x=token), browser=mine)
    read(scoped.twin)
    assert shown() == []
    with organisation_scope(scoped.twin.pk):
        assert shown() == []
    assert read_token(solvane.pk, None, make_token(solvane.pk, None, Exposure(slot.key, 1, "abc", is_control=True)))


def test_a_token_is_good_for_a_day(solvane: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    token = make_token(solvane.pk, None, Exposure("hero", 1, "abc", is_control=False))
    later = timezone.now().timestamp() + 90_000
    monkeypatch.setattr("touchpoints.slots.tokens.time.time", lambda: later)
    assert read_token(solvane.pk, None, token) is None


def test_robots_see_nothing(solvane: Organisation, site: Site) -> None:
    make_slot(solvane, variant("one"))
    browser = new_browser()
    token = ask(site, browser=browser)["hero"]["x"]
    send(site, page(), event("slot_shown", x=token), browser=browser, agent=GOOGLEBOT)
    read(solvane)
    assert shown() == []


# --- Effects ------------------------------------------------------------------------------------


def effect_of(organisation: Organisation, slot: Slot) -> Effect:
    version = SlotVersion.objects.get(slot=slot, number=slot.published_number or 0)
    return measure(organisation, slot, version, read_document(version.document))


def people(
    organisation: Organisation,
    slot: Slot,
    number: int,
    converted: int,
    *,
    control: bool = False,
    kind: str = "form_sent",
) -> None:
    """Let so many visitors see the first variant, or be of the control group, and so many of them act afterwards."""
    (first, *_) = read_document(slot.draft).variants
    base = timezone.now()
    rows = []
    for place in range(number):
        uid = str(uuid4())
        seen = {"slot": slot.key, "version": 1, "variant": first.key, "control": control}
        rows.append(NewInteraction("slot_shown", visitor_id=uid, occurred_at=base, properties=seen))
        if place < converted:
            rows.append(NewInteraction(kind, visitor_id=uid, occurred_at=base + timedelta(minutes=5)))
    record(organisation, rows)


def test_a_real_difference_is_told_from_noise_and_too_few(solvane: Organisation) -> None:
    slot = make_slot(solvane, variant("one"), control_percent=50)
    assert effect_of(solvane, slot).is_empty
    people(solvane, slot, 40, 8)
    people(solvane, slot, 40, 2, control=True)
    (one,) = effect_of(solvane, slot).variants
    assert (one.exposed, one.control, one.word, one.p) == (Step(40, 8), Step(40, 2), Word.TOO_FEW, None)
    people(solvane, slot, 160, 32)
    people(solvane, slot, 160, 8, control=True)
    (one,) = effect_of(solvane, slot).variants
    assert (one.exposed, one.control, one.word) == (Step(200, 40), Step(200, 10), Word.BETTER)
    assert one.lift_percent == pytest.approx(300)
    assert one.p == pytest.approx(7.2e-06, rel=0.2)
    people(solvane, slot, 0, 0)
    people(solvane, slot, 150, 60, control=True)
    (one,) = effect_of(solvane, slot).variants
    assert (one.control, one.word) == (Step(350, 70), Word.NOISE)


def test_without_a_control_group_nothing_is_compared(solvane: Organisation) -> None:
    slot = make_slot(solvane, variant("one"))
    people(solvane, slot, 60, 20)
    (one,) = effect_of(solvane, slot).variants
    assert (one.word, one.lift_percent) == (Word.NO_CONTROL, None)


def test_only_what_follows_within_the_period_counts_and_everybody_once(solvane: Organisation) -> None:
    slot = make_slot(solvane, variant("one"), goal=Goal("form", "", 7))
    (first,) = read_document(slot.draft).variants
    base = timezone.now()
    seen = {"slot": "hero", "version": 1, "variant": first.key, "control": False}
    early, late, twice, robot = (str(uuid4()) for _n in range(4))

    def saw(uid: str, **more: Any) -> NewInteraction:
        return NewInteraction("slot_shown", visitor_id=uid, occurred_at=base, properties=seen, **more)

    def sent(uid: str, after: timedelta) -> NewInteraction:
        return NewInteraction("form_sent", visitor_id=uid, occurred_at=base + after)

    record(
        solvane,
        [
            *(saw(early), sent(early, timedelta(seconds=-1))),
            *(saw(late), sent(late, timedelta(days=8))),
            *(saw(twice), saw(twice), sent(twice, timedelta(hours=1)), sent(twice, timedelta(hours=2))),
            saw(robot, verdict="bot"),
            NewInteraction("slot_shown", occurred_at=base, properties=seen),
        ],
    )
    (one,) = effect_of(solvane, slot).variants
    assert (one.exposed, one.nameless) == (Step(3, 1), 1)


def test_a_stage_a_kind_and_one_form_are_goals(solvane: Organisation) -> None:
    slot = make_slot(solvane, variant("one"), goal=Goal("stage", "mql", 30))
    (first,) = read_document(slot.draft).variants
    base = timezone.now()
    for number, stage in enumerate(("prospect", "mql", "customer")):
        contact = Contact.objects.create(organisation=solvane, email=f"n{number}@acme.example")
        seen = {"slot": "hero", "version": 1, "variant": first.key, "control": False}
        record(solvane, [NewInteraction("slot_shown", contact_id=contact.pk, occurred_at=base, properties=seen)])
        StageChange.objects.create(
            organisation=solvane, contact=contact, from_stage="suspect", to_stage=stage, cause="person",
            at=base + timedelta(hours=1),
        )  # fmt: skip
    assert effect_of(solvane, slot).whole.exposed == Step(3, 2)
    slot = make_slot(solvane, variant("one"), key="kind", goal=Goal("kind", "download", 30))
    people(solvane, slot, 3, 2, kind="download")
    people(solvane, slot, 3, 3)
    assert effect_of(solvane, slot).whole.exposed == Step(6, 2)


def test_fishers_test_has_the_textbooks_values() -> None:
    # Fisher's tea: 3 of 4 against 1 of 4.
    assert fisher(Step(4, 3), Step(4, 1)) == pytest.approx(0.4857, abs=1e-4)
    assert fisher(Step(10, 1), Step(14, 11)) == pytest.approx(0.002759, abs=1e-5)
    assert fisher(Step(5, 0), Step(5, 0)) == 1.0


def test_several_variants_are_held_to_more(solvane: Organisation) -> None:
    def one(key: str, reached: int) -> Measured:
        return Measured(key, key, Step(200, reached), Step(200, 10), 0, Word.TOO_FEW)

    (alone,) = judge([one("a", 22)])
    assert alone.word == Word.BETTER
    assert alone.p == pytest.approx(0.041183, abs=1e-5)
    among = judge([one("a", 22), one("b", 12), one("c", 11)])
    assert [each.word for each in among] == [Word.NOISE] * 3


def test_a_figure_that_is_no_json_true_does_not_mix_groups(solvane: Organisation) -> None:
    slot = make_slot(solvane, variant("one"), control_percent=50)
    people(solvane, slot, 2, 0, control=True)
    rows = Interaction.objects.filter(kind="slot_shown")
    assert {json.dumps(row.properties["control"]) for row in rows} == {"true"}
    assert effect_of(solvane, slot).whole.control.number == 2
