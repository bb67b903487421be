"""Every enrichment stands in the history, and any of them can be undone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrichment import services
from enrichment.merging import merge_values
from enrichment.proofs.models import Cause, CompanyState, Proposal, Revision
from enrichment.proofs.undoing import undo_revision
from enrichment.proofs.wording import undone_words
from enrichment.proofs.writing import Merged, write_merges
from prm.work.errors import Conflict
from tests.conftest import World
from tests.enrichment.proofs.builders import DECLARED, ask, make_company, tell
from tests.enrichment.register import Register, company, establishment


def test_each_enrichment_is_noted_with_who_and_what_changed(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")
    first = ask(scoped, one)
    register.add(company("732829320", "SOLVANE", tranche_effectif_salarie="21"))

    second = ask(scoped, one)

    rows = list(Revision.objects.order_by("pk"))
    assert [row.lookup_id for row in rows] == [first.pk, second.pk]
    assert rows[1].changes == {"headcount_band": ["12", "21"]}
    assert (rows[1].cause, rows[1].by) == ("answer", scoped.marketer)
    assert (rows[1].stamp["source"], rows[1].stamp["method"]) == ("sirene", "number")


def test_an_answer_that_changes_nothing_is_no_enrichment(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")
    ask(scoped, one)
    at = one.provenance["headcount_band"]["at"]

    ask(scoped, one)

    assert Revision.objects.count() == 1
    assert one.provenance["headcount_band"]["at"] > at


def test_an_older_enrichment_is_undone_and_what_was_changed_since_stays(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")
    ask(scoped, one)
    register.add(company("732829320", "SOLVANE", tranche_effectif_salarie="21"))
    ask(scoped, one)
    older = Revision.objects.earliest("pk")

    undone = undo_revision(scoped.organisation, revision_id=older.pk, by=scoped.sales)

    one.refresh_from_db()
    older.refresh_from_db()
    assert (one.naf_code, one.city, one.headcount_band) == ("", "", "21")
    assert (undone.kept, older.undone_by) == (("headcount_band",), scoped.sales)
    assert "What was changed since stays: Headcount." in undone_words(undone)
    with pytest.raises(Conflict):
        undo_revision(scoped.organisation, revision_id=older.pk, by=scoped.sales)


def test_undoing_the_newer_one_gives_back_the_older_ones_value(scoped: World, register: Register) -> None:
    one = make_company(scoped, siren="732829320")
    ask(scoped, one)
    before = one.provenance["headcount_band"]
    register.add(company("732829320", "SOLVANE", tranche_effectif_salarie="21"))
    newer = ask(scoped, one)

    services.undo_lookup(scoped.organisation, lookup_id=newer.pk, by=scoped.sales)

    one.refresh_from_db()
    assert (one.headcount_band, one.provenance["headcount_band"]) == ("12", before)
    older = Revision.objects.earliest("pk")
    undo_revision(scoped.organisation, revision_id=older.pk, by=scoped.sales)
    one.refresh_from_db()
    assert (one.headcount_band, one.siren) == ("", "732829320")


def test_a_partners_file_is_undone_as_well(scoped: World) -> None:
    one = make_company(scoped)
    (revision,) = tell(scoped, one, headcount_band="31", city="Nantes")
    assert one.provenance["city"] == {"source": "partner:acme", "at": "2026-05-01T08:00:00+00:00", "ref": "row 7"}

    undo_revision(scoped.organisation, revision_id=revision.pk, by=scoped.sales)

    one.refresh_from_db()
    assert (one.headcount_band, one.city, one.provenance) == ("", "", {})


def test_a_company_that_becomes_private_loses_its_history_and_its_proposals(scoped: World, register: Register) -> None:
    one = make_company(
        scoped, siren="732829320", headcount_band="21", provenance={"headcount_band": {"source": "declared"}}
    )
    ask(scoped, one)
    first = Revision.objects.get()
    hidden = dict.fromkeys(("adresse", "code_postal"), "[NON-DIFFUSIBLE]")
    register.add(company("732829320", "SOLVANE", statut_diffusion="P", siege=establishment("73282932000012", **hidden)))

    ask(scoped, one)

    first.refresh_from_db()
    assert (first.changes, first.stamps) == ({}, {})
    assert "RUE DES CARMES" not in str(list(Revision.objects.values_list("changes", "stamps")))


def test_many_merges_take_as_many_statements_as_one(scoped: World) -> None:
    stamp = {"source": "partner:acme", "at": "2026-05-01T08:00:00+00:00"}

    def write(names: list[str]) -> int:
        companies = [make_company(scoped, name) for name in names]
        merged = [
            Merged(one, merge_values(one, {"headcount_band": "12"}, stamp=stamp), stamp, Cause.FILE)
            for one in companies
        ]
        with CaptureQueriesContext(connection) as queries:
            write_merges(scoped.organisation, merged)
        return len(queries)

    assert write(["Ada"]) == write(["Bob", "Cléo", "Dan"])


def test_a_number_another_company_bears_by_now_is_not_put_back(scoped: World) -> None:
    one = make_company(scoped, siren="732829320")
    stamp = {"source": "sirene", "at": "2026-05-01T08:00:00+00:00", "ref": "404833048"}
    merge = merge_values(one, {"siren": "404833048", "headcount_band": "12"}, stamp=stamp, chosen=True)
    write_merges(scoped.organisation, [Merged(one, merge, stamp, Cause.CHOICE)])
    make_company(scoped, "Other", siren="732829320")

    undone = undo_revision(scoped.organisation, revision_id=Revision.objects.get().pk, by=scoped.sales)

    one.refresh_from_db()
    assert (one.siren, one.headcount_band) == ("404833048", "")
    assert undone.kept == ("siren",)


def test_undoing_a_wrong_match_takes_all_back_that_was_told_of_the_other_company(
    scoped: World, register: Register
) -> None:
    one = make_company(
        scoped, city="Nantes", postcode="44000", headcount_band="21", provenance={"headcount_band": DECLARED}
    )
    ask(scoped, one)
    assert (one.siren, Proposal.objects.get().field, CompanyState.objects.count()) == (
        "732829320",
        "headcount_band",
        1,
    )

    undo_revision(scoped.organisation, revision_id=Revision.objects.get().pk, by=scoped.sales)

    assert (Proposal.objects.count(), CompanyState.objects.count()) == (0, 0)
