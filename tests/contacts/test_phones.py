"""What telephone numbers say by themselves."""

import pytest
from django.db import connection
from django.utils import translation

from contacts.models import Contact
from contacts.phones import KIND_SQL, PhoneFacts, PhoneKind, read_phone
from tests.conftest import World

NUMBERS = {
    "+33612345678": (PhoneKind.MOBILE, "FR", ""),
    "+33740123456": (PhoneKind.MOBILE, "FR", ""),
    "+33140123456": (PhoneKind.FIXED, "FR", "1"),
    "+33240123456": (PhoneKind.FIXED, "FR", "2"),
    "+33970123456": (PhoneKind.VOIP, "FR", ""),
    "+33800123456": (PhoneKind.TOLL_FREE, "FR", ""),
    "+33820123456": (PhoneKind.SHARED_COST, "FR", ""),
    "+33899123456": (PhoneKind.PREMIUM, "FR", ""),
    "+32475123456": (PhoneKind.MOBILE, "BE", ""),
    "+262262123456": (PhoneKind.FIXED, "RE", ""),
    "+14155552671": (PhoneKind.FIXED_OR_MOBILE, "US", ""),
    "+33012345678": (PhoneKind.INVALID, "", ""),
    "+999123": (PhoneKind.INVALID, "", ""),
}


@pytest.mark.parametrize(("number", "facts"), NUMBERS.items())
def test_a_number_says_its_kind_and_where_it_is_from(number: str, facts: tuple[PhoneKind, str, str]) -> None:
    assert read_phone(number) == PhoneFacts(*facts)


@pytest.mark.parametrize("number", ["", "poste 12", "06 12 34 56 78", "demander Alix"])
def test_text_that_was_never_understood_as_a_number_says_nothing(number: str) -> None:
    assert read_phone(number) is None


@pytest.mark.parametrize(
    ("number", "english", "french"),
    [
        ("+33612345678", "mobile", "portable"),
        ("+33140123456", "fixed line, Île-de-France", "ligne fixe, Île-de-France"),
        ("+33240123456", "fixed line, north-west of France", "ligne fixe, nord-ouest de la France"),
        ("+32475123456", "mobile, Belgium", "portable, Belgique"),
        ("+33899123456", "premium rate", "numéro surtaxé"),
        ("+33012345678", "not a number in service", "numéro non attribué"),
    ],
)
def test_it_is_said_in_both_languages(number: str, english: str, french: str) -> None:
    facts = read_phone(number)
    assert facts is not None
    assert facts.words == english
    with translation.override("fr"):
        assert facts.words == french


def test_conditions_tell_french_numbers_apart_as_the_plans_do(scoped: World) -> None:
    expected = {
        "+33612345678": "mobile", "+33740123456": "mobile", "+33140123456": "fixed", "+33970123456": "voip",
        "+33899123456": "other", "+32475123456": "foreign", "+262262123456": "foreign", "poste 12": "other",
        "+3361234567": "other", "": None,
    }  # fmt: skip
    for number in expected:
        Contact.objects.create(organisation=scoped.organisation, phone=number)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.phone, {KIND_SQL} FROM contacts_contact c WHERE c.organisation_id = %s", [scoped.organisation.pk]
        )
        assert dict(cursor.fetchall()) == expected


def test_the_page_of_a_contact_says_it_beside_the_number(world: World) -> None:
    answer = world.client(world.marketer).post(
        world.path("contacts/new/"), {"email": "alix@solvane.example", "phone": "06 12 34 56 78"}, follow=True
    )
    assert '<span class="mute">mobile</span>' in answer.content.decode()
