"""A company made for a domain that turns out to be one of the base: nothing said of it is lost."""

from typing import Any

import pytest

from contacts.models import Company, Contact
from contacts.rights.erasing import erase_contact
from enrichment.domains.folding import STAND_IN, fold, stamp_of
from enrichment.partners import undoing
from enrichment.partners.undoing import start_undo
from enrichment.proofs.erased import find_erased
from enrichment.providers.directors import Director
from prm.work.jobs import run_jobs
from tests.conftest import World
from tests.enrichment.partners.files import bring_in
from tests.enrichment.proofs.builders import DECLARED, make_company


def make_stand_in(world: World, **values: str) -> Company:
    stamps = dict.fromkeys(("*", "name", "domain"), stamp_of("solvane.fr"))
    stamps |= dict.fromkeys(values, DECLARED)
    return make_company(world, "solvane.fr", domain="solvane.fr", source=STAND_IN, provenance=stamps, **values)


def test_what_a_person_said_of_it_is_kept(scoped: World) -> None:
    known = make_company(scoped, siren="732829320")
    stand_in = make_stand_in(scoped, headcount_band="21", city="Nantes")

    fold(scoped.organisation, stand_in=stand_in, known=known)

    known.refresh_from_db()
    assert (known.headcount_band, known.city, known.domain) == ("21", "Nantes", "solvane.fr")
    assert known.provenance["headcount_band"] == DECLARED
    assert not Company.objects.filter(pk=stand_in.pk).exists()


def test_what_a_partners_file_wrote_is_kept_and_can_be_undone(scoped: World) -> None:
    known = make_company(scoped, siren="732829320")
    stand_in = make_stand_in(scoped)
    partner_file = bring_in(scoped, "Site web;Effectif\nsolvane.fr;35\n")
    stand_in.refresh_from_db()
    assert stand_in.headcount_band == "12"

    fold(scoped.organisation, stand_in=stand_in, known=known)

    known.refresh_from_db()
    assert known.headcount_band == "12"
    start_undo(scoped.organisation, file_id=partner_file.pk, by=scoped.marketer)
    run_jobs(scoped.organisation)
    known.refresh_from_db()
    assert known.headcount_band == ""


def test_a_file_is_undone_although_a_company_becomes_another_meanwhile(
    scoped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = make_company(scoped, siren="732829320")
    stand_in = make_stand_in(scoped)
    other = make_company(scoped, "Brume", domain="brume.fr")
    partner_file = bring_in(scoped, "Site web;Effectif\nsolvane.fr;35\nbrume.fr;12\n")
    stand_in.refresh_from_db()
    give_back = undoing._give_back

    def fold_first(*args: Any) -> int:
        if Company.objects.filter(pk=stand_in.pk).exists():
            fold(scoped.organisation, stand_in=stand_in, known=known)
        return give_back(*args)

    monkeypatch.setattr(undoing, "_give_back", fold_first)
    start_undo(scoped.organisation, file_id=partner_file.pk, by=scoped.marketer)
    run_jobs(scoped.organisation)

    known.refresh_from_db()
    other.refresh_from_db()
    partner_file.source_import.refresh_from_db()
    assert (known.headcount_band, other.headcount_band) == ("", "")
    assert partner_file.source_import.undone == {"restored": 2, "left": 0}


def test_who_was_erased_at_the_one_is_erased_at_the_other(scoped: World) -> None:
    known = make_company(scoped, siren="732829320")
    stand_in = make_stand_in(scoped)
    person = Contact.objects.create(
        organisation=scoped.organisation, company=stand_in, first_name="Zoé", last_name="Canari", email="z@solvane.fr"
    )
    erase_contact(scoped.organisation, contact_id=person.pk, by=scoped.admin)

    fold(scoped.organisation, stand_in=stand_in, known=known)

    told = (Director("CANARI Zoe", "Gérante"), Director("Bob Martin"))
    assert find_erased(scoped.organisation, [known]).without(known, told) == told[1:]
