"""Where companies are, as files of their people say: written where a company is made, or nobody knew."""

from typing import Any

import pytest

from contacts.importing.guessing import guess_columns
from contacts.importing.undoing import run_undo, start_undo
from contacts.models import Company
from contacts.normalising import UnusableValueError, normalise_postcode
from prm.work.errors import Invalid
from prm.work.models import Job
from tests.conftest import World
from tests.contacts.files import bring_in, counts, prepare
from tests.contacts.rights.people import Hold

HEAD = "email,Entreprise,Code postal,Ville\n"


def places() -> dict[str, tuple[str, str, str]]:
    rows = Company.objects.order_by("name").values_list("name", "postcode", "city", "department")
    return {name: (postcode, city, department) for name, postcode, city, department in rows}


def make(world: World, name: str, **values: Any) -> Company:
    return Company.objects.create(organisation=world.organisation, name=name, name_key=name.lower(), **values)


def test_a_company_made_by_a_file_is_where_its_first_row_with_a_place_says(scoped: World) -> None:
    rows = (
        "a@x.example,Solvane,,\n"
        "b@x.example,Solvane,44 000,Nantes\n"
        "c@x.example,Solvane,75011,Paris\n"
        "d@x.example,Brume,,Brest\n"
        "e@x.example,Corse,20200,Bastia\n"
        "f@x.example,Ain,1000,Bourg-en-Bresse\n"
        "g@x.example,Berlin,D-10115,Berlin\n"
    )
    done = bring_in(scoped.organisation, HEAD + rows)

    assert counts(done) == (7, 0, 0, 0)
    assert places() == {
        "Ain": ("01000", "Bourg-en-Bresse", "01"),
        "Berlin": ("D-10115", "Berlin", ""),
        "Brume": ("", "Brest", ""),
        "Corse": ("20200", "Bastia", "2B"),
        "Solvane": ("44000", "Nantes", "44"),
    }
    assert Company.objects.get(name="Solvane").provenance["*"]["ref"] == f"import {done.pk}"


def test_what_is_known_or_private_stays_and_undoing_takes_the_place_back(scoped: World) -> None:
    empty = make(scoped, "Solvane")
    make(scoped, "Brume", city="Brest")
    make(scoped, "Lande", partial_diffusion=True)
    rows = "".join(f"{name}@x.example,{name},44000,Nantes\n" for name in ("Solvane", "Brume", "Lande"))

    done = bring_in(scoped.organisation, HEAD + rows)

    assert places() == {"Brume": ("", "Brest", ""), "Lande": ("", "", ""), "Solvane": ("44000", "Nantes", "44")}
    empty.refresh_from_db()
    assert {name: one["ref"] for name, one in empty.provenance.items()} == dict.fromkeys(
        ("postcode", "city", "department"), f"import {done.pk}"
    )
    started = start_undo(scoped.organisation, import_id=done.pk, by=scoped.admin)
    run_undo(Hold(scoped.organisation, Job.objects.get(pk=started.undo_job_id or 0)))  # type: ignore[arg-type]
    empty.refresh_from_db()
    assert (empty.postcode, empty.city, empty.department, empty.provenance) == ("", "", "", {})


def test_the_same_file_twice_writes_nothing(scoped: World) -> None:
    make(scoped, "Solvane")
    bring_in(scoped.organisation, HEAD + "a@x.example,Solvane,44000,Nantes\n")
    before = Company.objects.get().updated_at
    assert counts(bring_in(scoped.organisation, HEAD + "a@x.example,Solvane,75011,Paris\n")) == (0, 0, 1, 0)
    assert (Company.objects.get().updated_at, places()) == (before, {"Solvane": ("44000", "Nantes", "44")})


def test_a_file_that_only_adds_tells_nothing_of_whom_it_knows(scoped: World) -> None:
    make(scoped, "Solvane")
    bring_in(scoped.organisation, HEAD + "a@x.example,Solvane,,\n")
    bring_in(scoped.organisation, HEAD + "a@x.example,Solvane,44000,Nantes\n", mode="add")
    assert places() == {"Solvane": ("", "", "")}


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        (["email", "Société", "Code postal", "Ville"], ["email", "company", "postcode", "city"]),
        (["email", "Company", "Zip code", "City"], ["email", "company", "postcode", "city"]),
        (["email", "SIREN", "CP", "Commune"], ["email", "siren", "postcode", "city"]),
        # Without a company it is the person who lives there.
        (["email", "Nom", "CP", "Ville"], ["email", "last_name", "properties.CP", "properties.Ville"]),
    ],
)
def test_columns_are_guessed_where_a_company_is_named(columns: list[str], fields: list[str]) -> None:
    assert [one.field for one in guess_columns(columns, [])] == fields


def test_a_place_without_a_company_is_refused_by_the_mapping(scoped: World) -> None:
    with pytest.raises(Invalid) as refusal:
        prepare(scoped.organisation, "email,Ville\na@x.example,Nantes\n", mapping={"email": "email", "Ville": "city"})
    assert "Ville" in refusal.value.fields


@pytest.mark.parametrize(
    ("text", "region", "postcode"),
    [(" 44 000 ", "FR", "44000"), ("F-44000", "FR", "44000"), ("1000", "FR", "01000"), ("1000", "BE", "1000"),
     ("sw1a 1aa", "GB", "SW1A1AA"), ("", "FR", "")],
)  # fmt: skip
def test_a_postcode_has_one_writing(text: str, region: str, postcode: str) -> None:
    assert normalise_postcode(text, region=region) == postcode


def test_a_postcode_that_is_none_is_refused() -> None:
    with pytest.raises(UnusableValueError, match="too_long"):
        normalise_postcode("12 rue des Forges")
