"""Whatever contacts hold, merging them and undoing it gives the same rows as before."""

from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.doubles.choosing import choices_of
from contacts.doubles.merging import merge_contacts
from contacts.doubles.undoing import undo_merge
from contacts.models import Contact, Stage, SuppressionReason
from contacts.qualification import recompute
from contacts.suppressions import record_suppression
from nurturing.models import Enrolment, Scenario
from tests.conftest import World
from tests.contacts.doubles.test_merging import snapshot
from touchpoints.recording import NewInteraction, record

TEXT = st.sampled_from(["", "Ada", "Éve", "O’Hara"])
PERSON = st.fixed_dictionaries(
    {
        "first_name": TEXT,
        "last_name": TEXT,
        "phone": st.sampled_from(["", "+33612345678", "+33687654321"]),
        "stage": st.sampled_from(Stage.values),
        "properties": st.dictionaries(st.sampled_from(["a", "b"]), st.one_of(st.integers(0, 9), TEXT), max_size=2),
        "has_email": st.booleans(),
        "has_external_id": st.booleans(),
        "reasons": st.sets(st.sampled_from([SuppressionReason.OPT_OUT, SuppressionReason.BOUNCE])),
        "scenarios": st.sets(st.sampled_from([0, 1])),
        "acts": st.integers(0, 2),
    }
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(PERSON, min_size=2, max_size=4))
def test_merging_and_undoing_gives_the_same_rows(scoped: World, people: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        contacts = [_make(scoped, number, values) for number, values in enumerate(people)]
        recompute(scoped.organisation)
        contacts = list(Contact.objects.order_by("pk"))
        before = snapshot(scoped)
        take = {one.field: min(one.values) for one in choices_of(contacts) if one.must_be_chosen}
        ids = [contact.pk for contact in contacts]
        done = merge_contacts(scoped.organisation, contact_ids=ids, take=take, by=scoped.marketer)
        assert Contact.objects.count() == 1
        undone = undo_merge(scoped.organisation, merge_id=done.pk, by=scoped.marketer)
        assert (undone.kept, snapshot(scoped)) == ([], before)
        transaction.set_rollback(True)


def _make(world: World, number: int, values: dict[str, Any]) -> Contact:
    organisation = world.organisation
    fields = {name: values[name] for name in ("first_name", "last_name", "phone", "stage", "properties")}
    contact = Contact.objects.create(
        organisation=organisation,
        email=f"p{number}@x.example" if values["has_email"] else None,
        external_id=f"e{number}" if values["has_external_id"] else None,
        **fields,
    )
    for reason in sorted(values["reasons"]):
        record_suppression(organisation, reason=reason, source="test", contact=contact)
    for place in sorted(values["scenarios"]):
        scenario, _is_new = Scenario.objects.get_or_create(
            organisation=organisation, name=f"S{place}", defaults={"trigger": "form"}
        )
        Enrolment.objects.create(organisation=organisation, scenario=scenario, contact=contact)
    record(organisation, [NewInteraction("page_view", contact_id=contact.pk) for _act in range(values["acts"])])
    return contact
