"""Defining fields: keys and codes that stay, values that are never lost."""

import pytest

from contacts.fields.models import CustomField, Option
from contacts.fields.queries import count_choices, count_uses, list_fields
from contacts.fields.services import (
    FieldInput,
    archive_field,
    create_field,
    move_field,
    restore_field,
    update_field,
)
from contacts.models import Contact
from contacts.people import create_contact
from prm.organisations.models import AuditEntry
from prm.organisations.scope import organisation_scope
from prm.work.errors import Conflict, Invalid, NotFound
from tests.conftest import World
from tests.contacts.fields.making import make_field


def keys() -> list[str]:
    return list(list_fields(None, "contact").values_list("key", flat=True))  # type: ignore[arg-type]


def test_a_key_is_made_of_the_label_and_of_nothing_taken(scoped: World) -> None:
    first = make_field(scoped.organisation, "text", "  Chiffre d’affaires ")
    archive_field(scoped.organisation, field_id=first.pk, by=scoped.admin)
    second = make_field(scoped.organisation, "number", "Chiffre d’affaires")
    third = make_field(scoped.organisation, "text", "2e avis")
    fourth = make_field(scoped.organisation, "text", "Ω")
    assert [one.key for one in (first, second, third, fourth)] == [
        "chiffre_d_affaires",
        "chiffre_d_affaires_2",
        "field_2e_avis",
        "field",
    ]
    assert (first.label, AuditEntry.objects.filter(action="customfield.create").count()) == ("Chiffre d’affaires", 4)


@pytest.mark.parametrize(
    ("given", "subject", "key", "named"),
    [
        (FieldInput("", "text"), "contact", "", {"label"}),
        (FieldInput("budget", "text"), "contact", "", {"label"}),
        (FieldInput("A", "colour"), "contact", "", {"type"}),
        (FieldInput("A", "choice"), "contact", "", {"choices"}),
        (FieldInput("A", "choice", choices=[Option("", "x"), Option("", "X ")]), "contact", "", {"choices"}),
        (FieldInput("A", "choice", choices=[Option("", "x; y")]), "contact", "", {"choices"}),
        (FieldInput("A", "choice", choices=[Option("", "x\x00")]), "contact", "", {"choices"}),
        (FieldInput("A", "choices", choices=[Option("", str(n)) for n in range(201)]), "contact", "", {"choices"}),
        (FieldInput("x" * 81, "text", help_text="y" * 201), "contact", "", {"label", "help_text"}),
        (FieldInput("A", "text"), "contact", "Budget", {"key"}),
        (FieldInput("A", "text"), "contact", "budget", {"key"}),
        (FieldInput("A", "text"), "visitor", "", {"subject"}),
    ],
)
def test_a_bad_definition_is_refused_with_its_reasons(
    scoped: World, given: FieldInput, subject: str, key: str, named: set[str]
) -> None:
    make_field(scoped.organisation, "number", "Budget")
    with pytest.raises(Invalid) as error:
        create_field(scoped.organisation, subject=subject, given=given, by=scoped.admin, key=key)
    assert set(error.value.fields) == named
    assert keys() == ["budget"]


def test_a_subject_has_a_hundred_fields_in_use(scoped: World) -> None:
    for n in range(100):
        make_field(scoped.organisation, "text", f"Field {n}")
    with pytest.raises(Conflict):
        make_field(scoped.organisation, "text", "One more")
    make_field(scoped.organisation, "text", "One more", subject="company")
    first = CustomField.objects.get(key="field_0")
    archive_field(scoped.organisation, field_id=first.pk, by=scoped.admin)
    make_field(scoped.organisation, "text", "One more")
    with pytest.raises(Conflict):
        restore_field(scoped.organisation, field_id=first.pk, by=scoped.admin)
    assert len(keys()) == 100


def test_the_type_changes_until_somebody_has_a_value(scoped: World) -> None:
    field = make_field(scoped.organisation, "text", "Budget")
    with organisation_scope(scoped.twin.pk):
        make_field(scoped.twin, "text", "Budget")
        create_contact(scoped.twin, values={"email": "a@b.example"}, custom={"budget": "much"}, by=None)
    update_field(scoped.organisation, field_id=field.pk, given=FieldInput("Budget", "number"), by=scoped.admin)
    create_contact(scoped.organisation, values={"email": "a@b.example"}, custom={"budget": "1 200"}, by=None)
    with pytest.raises(Invalid) as error:
        update_field(scoped.organisation, field_id=field.pk, given=FieldInput("Budget €", "text"), by=scoped.admin)
    assert set(error.value.fields) == {"type"}
    field.refresh_from_db()
    assert (field.label, field.type, Contact.objects.get().custom) == ("Budget", "number", {"budget": 1200})


def test_codes_outlive_labels_and_a_choice_somebody_has_outlives_its_removal(scoped: World) -> None:
    field = make_field(scoped.organisation, "choices", "Trades", "Usinage", "Fonderie", "Soudure")
    create_contact(scoped.organisation, values={"email": "a@b.example"}, custom={"trades": "fonderie"}, by=None)
    create_contact(scoped.organisation, values={"email": "c@b.example"}, custom={"trades": "fonderie|usinage"}, by=None)
    assert count_choices(scoped.organisation, field) == {"fonderie": 2, "usinage": 1}
    given = FieldInput("Trades", "choices", choices=[Option("", "Tôlerie"), Option("usinage", "Usinage 5 axes")])
    changed = update_field(scoped.organisation, field_id=field.pk, given=given, by=scoped.admin)
    assert changed.options == (
        Option("tolerie", "Tôlerie"),
        Option("usinage", "Usinage 5 axes"),
        Option("fonderie", "Fonderie", is_offered=False),
    )
    again = FieldInput("Trades", "choices", choices=[Option("usinage", "Usinage 5 axes"), Option("", "Usinage")])
    with pytest.raises(Invalid):
        update_field(scoped.organisation, field_id=field.pk, given=again, by=scoped.admin)
    assert CustomField.objects.get().options == changed.options


def test_an_archived_field_keeps_its_values_and_takes_no_new_ones(scoped: World) -> None:
    field = make_field(scoped.organisation, "text", "Note")
    create_contact(scoped.organisation, values={"email": "a@b.example"}, custom={"note": "x"}, by=None)
    archive_field(scoped.organisation, field_id=field.pk, by=scoped.admin)
    with pytest.raises(Invalid) as error:
        create_contact(scoped.organisation, values={"email": "c@b.example"}, custom={"note": "y"}, by=None)
    assert set(error.value.fields) == {"custom.note"}
    assert (keys(), Contact.objects.get().custom) == ([], {"note": "x"})
    assert count_uses(scoped.organisation, "contact") == {"note": 1}
    restore_field(scoped.organisation, field_id=field.pk, by=scoped.admin)
    assert keys() == ["note"]


def test_a_field_does_not_come_back_beside_its_namesake(scoped: World) -> None:
    field = make_field(scoped.organisation, "text", "Note")
    archive_field(scoped.organisation, field_id=field.pk, by=scoped.admin)
    make_field(scoped.organisation, "text", "NOTE")
    with pytest.raises(Conflict):
        restore_field(scoped.organisation, field_id=field.pk, by=scoped.admin)
    assert keys() == ["note_2"]


def test_fields_change_places(scoped: World) -> None:
    fields = [make_field(scoped.organisation, "text", label) for label in "abc"]
    for n, up in ((2, True), (0, True), (2, True), (1, False)):
        move_field(scoped.organisation, field_id=fields[n].pk, up=up, by=scoped.admin)
    assert keys() == ["c", "a", "b"]


def test_another_organisations_field_does_not_exist(scoped: World) -> None:
    with organisation_scope(scoped.twin.pk):
        field = make_field(scoped.twin, "text", "Note")
    for change in (archive_field, restore_field):
        with pytest.raises(NotFound):
            change(scoped.organisation, field_id=field.pk, by=scoped.admin)
    with organisation_scope(scoped.twin.pk):
        assert CustomField.objects.get().archived_at is None
