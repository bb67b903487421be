"""VIES as a source: valid, not valid and "nobody looked" are three things."""

import pytest

from enrichment.providers.outcomes import Found, NotFound, Outcome, Question, Reason, Unavailable
from enrichment.providers.vies import Vies, normalise_vat, siren_of_vat, vat_of_siren
from tests.enrichment.vat.office import Office, error


def ask(number: str) -> Outcome:
    return Vies().ask(Question(vat_number=number), patience=5)


def test_a_valid_number_brings_the_siren_and_the_holder(office: Office) -> None:
    outcome = ask("fr 44 732 829 320")

    assert isinstance(outcome, Found)
    record = outcome.record
    assert (record.siren, record.name, record.address) == ("732829320", "SAS SOLVANE", "12 RUE DES CARMES 44000 NANTES")
    assert record.vat_number == "FR44732829320"
    (asked,) = office.asked
    assert (asked["countryCode"], asked["vatNumber"], asked["path"]) == ("FR", "44732829320", "/check-vat-number")
    assert asked["agent"].startswith("PRM/")


def test_a_country_that_tells_nothing_of_the_holder_leaves_it_unknown(office: Office) -> None:
    outcome = ask("BE 0417.497.106")
    assert isinstance(outcome, Found)
    assert (outcome.record.siren, outcome.record.name, outcome.record.address) == ("", None, None)


def test_not_valid_is_an_answer(office: Office) -> None:
    assert ask("FR83404833048") == NotFound()
    assert len(office.asked) == 1


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_office_that_is_down_says_nothing_of_the_number(office: Office, status: int) -> None:
    office.faults.append((status, error("MS_UNAVAILABLE")))

    outcome = ask("FR44732829320")
    assert isinstance(outcome, Unavailable)
    assert outcome.reason == Reason.COUNTRY_DOWN
    # The others may be asked, and this one again.
    assert isinstance(ask("BE0417497106"), Found)
    assert isinstance(ask("FR44732829320"), Found)


@pytest.mark.parametrize("code", ["MS_MAX_CONCURRENT_REQ", "GLOBAL_MAX_CONCURRENT_REQ", "SERVER_BUSY"])
def test_who_is_asked_too_much_is_left_alone_for_a_while(office: Office, code: str) -> None:
    office.faults.append((200, error(code)))

    outcome = ask("FR44732829320")
    assert isinstance(outcome, Unavailable)
    assert (outcome.reason, outcome.retry_after) == (Reason.QUOTA, 30.0)
    again = ask("FR44732829320")
    assert isinstance(again, Unavailable)
    assert not again.asked
    assert len(office.asked) == 1


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, "<html>maintenance</html>", Reason.UNREADABLE),
        (503, "<html>maintenance</html>", Reason.SERVER_ERROR),
        (200, "{}", Reason.UNREADABLE),
        (200, '{"valid": "yes"}', Reason.UNREADABLE),
        (200, "[]", Reason.UNREADABLE),
        (200, error("SOMETHING_NEW"), Reason.SERVER_ERROR),
        (200, '{"isValid": false, "userError": "SERVICE_UNAVAILABLE"}', Reason.SERVER_ERROR),
        (200, '{"isValid": false, "userError": "TIMEOUT"}', Reason.COUNTRY_DOWN),
    ],
)
def test_nonsense_is_never_read_as_not_valid(office: Office, status: int, body: str, reason: Reason) -> None:
    office.faults.append((status, body))
    outcome = ask("FR44732829320")
    assert isinstance(outcome, Unavailable)
    assert outcome.reason == reason


def test_one_that_takes_too_long_is_given_up(office: Office) -> None:
    office.seconds = 1.5
    outcome = ask("FR44732829320")
    assert isinstance(outcome, Unavailable)
    assert outcome.reason == Reason.TIMEOUT


def test_an_answer_is_kept_for_a_while(office: Office) -> None:
    assert ask("FR44732829320") == ask("FR44732829320")
    assert ask("FR83404833048") == ask("FR83404833048")
    assert len(office.asked) == 2


def test_what_cannot_be_a_number_is_never_asked(office: Office) -> None:
    for text in ("", "FR", "732829320", "FR44732829321", "GB110305878", "FR" + "9" * 400, "44 732 829 320"):
        assert ask(text) == NotFound()
    assert office.asked == []


def test_numbers_are_written_one_way() -> None:
    assert normalise_vat(" fr44 732.829-320 ") == "FR44732829320"
    assert normalise_vat("GR094259216") == "EL094259216"
    assert vat_of_siren("732829320") == "FR44732829320"
    assert (vat_of_siren(None), vat_of_siren("123456789")) == ("", "")
    assert (siren_of_vat("FR44732829320"), siren_of_vat("BE0417497106")) == ("732829320", "")
