"""What a file may change of people who are known, and what tells them apart."""

import pytest

from contacts.importing.running import try_file
from contacts.importing.services import map_import
from contacts.models import Company, Contact, ImportReject, StageChange, Suppression
from contacts.services import record_opt_out
from prm.work.errors import Invalid
from tests.conftest import World
from tests.contacts.files import bring_in, counts, prepare

HEAD = "id,email,Prénom,Nom,Téléphone,Entreprise,Désinscrit,Budget,Secteur\n"
KNOWN = HEAD + "1,a@b.example,Marie,,,Solvane,non,100,\n2,,Zoé,Roux,0639981241,,non,,\n"
LATER = (
    HEAD
    + "1,a@c.example,Anne,Martin,0639981242,Autre,non,200,Lyon\n2,z@b.example,Zora,,,Autre,non,5,\n3,,New,N,,,non,,\n"
)


def test_overwriting_takes_over_what_the_file_says(scoped: World) -> None:
    bring_in(scoped.organisation, KNOWN)
    assert counts(bring_in(scoped.organisation, LATER)) == (1, 2, 0, 0)
    contact = Contact.objects.select_related("company").get(external_id="1")
    assert (contact.email, contact.first_name, contact.last_name) == ("a@c.example", "Anne", "Martin")
    assert contact.company is not None
    assert (contact.company.name, contact.properties) == ("Autre", {"Budget": "200", "Secteur": "Lyon"})


def test_filling_in_leaves_what_is_known(scoped: World) -> None:
    bring_in(scoped.organisation, KNOWN)
    assert counts(bring_in(scoped.organisation, LATER, mode="fill")) == (1, 2, 0, 0)
    marie = Contact.objects.select_related("company").get(external_id="1")
    assert (marie.email, marie.first_name, marie.last_name) == ("a@b.example", "Marie", "Martin")
    assert (marie.phone, marie.properties) == ("+33639981242", {"Budget": "100", "Secteur": "Lyon"})
    assert marie.company is not None
    assert marie.company.name == "Solvane"
    zoe = Contact.objects.select_related("company").get(external_id="2")
    assert (zoe.email, zoe.first_name, zoe.phone, zoe.properties) == (
        "z@b.example", "Zoé", "+33639981241", {"Budget": "5"},
    )  # fmt: skip
    assert zoe.company is not None
    assert sorted(Company.objects.values_list("name", flat=True)) == ["Autre", "Solvane"]
    assert counts(bring_in(scoped.organisation, LATER, mode="fill")) == (0, 0, 3, 0)


def test_adding_only_touches_nobody_who_is_known(scoped: World) -> None:
    bring_in(scoped.organisation, KNOWN)
    before = list(Contact.objects.order_by("pk").values())
    done = bring_in(scoped.organisation, LATER, mode="add")
    assert counts(done) == (1, 0, 2, 0)
    assert list(Contact.objects.order_by("pk").values())[:2] == before
    assert Contact.objects.get(external_id="3").first_name == "New"
    assert Company.objects.count() == 1


@pytest.mark.parametrize("mode", ["add", "fill"])
def test_an_opt_out_in_the_file_counts_in_every_mode_and_is_never_undone(scoped: World, mode: str) -> None:
    bring_in(scoped.organisation, KNOWN)
    record_opt_out(scoped.organisation, contact=Contact.objects.get(external_id="1"), source="link")
    content = HEAD + "1,,,,,,non,,\n2,,,,,,oui,,\n"
    assert counts(bring_in(scoped.organisation, content, mode=mode)) == (0, 1, 1, 0)
    assert Suppression.objects.filter(contact__isnull=False).count() == 2
    assert counts(bring_in(scoped.organisation, content, mode=mode)) == (0, 0, 2, 0)


def test_the_dry_run_knows_the_mode(scoped: World) -> None:
    bring_in(scoped.organisation, KNOWN)
    for mode, updated in (("overwrite", 2), ("fill", 2), ("add", 0)):
        source_import = prepare(scoped.organisation, LATER, mode=mode)
        outcome = try_file(scoped.organisation, source_import, lambda _done, _total: None)
        assert (outcome.created, outcome.updated) == (1, updated)


def test_people_are_told_apart_by_siren_and_name(scoped: World) -> None:
    head = "SIREN,Prénom,Nom,Entreprise,email,Fonction\n"
    first = head + "552100554,Hélène,Le Guen,Solvane,contact@solvane.example,\n552100554,Karim,Belhadj,Solvane,,\n"
    assert counts(bring_in(scoped.organisation, first, key="siren_name")) == (2, 0, 0, 0)
    again = head + (
        "552 100 554,HELENE,le guen,,,DG\n"  # the same person
        "303265045,Hélène,Le Guen,Autre,,\n"  # another company's
        "552100554,Karim,Belhadj,,contact@solvane.example,\n"  # somebody else's address
        "552100554,Nora,Amrani,,,\n"
        "552100554,Nora,AMRANI,,,RH\n"
        ",Paul,Sans,,,\n"
        "552100554,,,,p@x.example,\n"
    )
    done = bring_in(scoped.organisation, again, key="siren_name")
    assert counts(done) == (2, 2, 0, 3)
    assert list(ImportReject.objects.order_by("line").values_list("line", "reason")) == [
        (4, "email_taken"), (7, "missing_siren_name"), (8, "missing_siren_name"),
    ]  # fmt: skip
    people = Contact.objects.filter(company__siren="552100554")
    assert sorted(people.values_list("last_name", "job_title")) == [
        ("AMRANI", "RH"),
        ("Belhadj", ""),
        ("le guen", "DG"),
    ]
    assert counts(bring_in(scoped.organisation, again, key="siren_name")) == (0, 0, 4, 3)


def test_people_are_told_apart_by_a_column_of_one_s_own(scoped: World) -> None:
    head = "Adhérent,Nom,email,Désinscrit\n"
    key = "properties.Adhérent"
    first = head + "A-1,Roux,,oui\nA-2,Martin,m@b.example,\n"
    assert counts(bring_in(scoped.organisation, first, key=key, mapping={"Adhérent": "property"})) == (2, 0, 0, 0)
    assert Suppression.objects.get().contact == Contact.objects.get(last_name="Roux")
    again = head + "A-1,Rouxel,,\nA-2,Martin,m@b.example,\nA-3,Neuf,n@b.example,\n,Nobody,x@b.example,\n"
    done = bring_in(scoped.organisation, again, key=key, mapping={"Adhérent": "property"})
    assert counts(done) == (1, 1, 1, 1)
    assert ImportReject.objects.get().reason == "missing_key"
    assert Contact.objects.get(properties__Adhérent="A-1").last_name == "Rouxel"


def test_a_key_needs_its_columns(scoped: World) -> None:
    source_import = prepare(scoped.organisation, "email,Nom,Note\na@b.example,Roux,x\n")
    for key, mode in (("siren_name", "overwrite"), ("properties.Nom", "overwrite"), ("nonsense", "add"), ("", "never")):
        with pytest.raises(Invalid) as error:
            map_import(
                scoped.organisation, import_id=source_import.pk, mapping=source_import.mapping, key_field=key,
                source="", lawful_basis="", mode=mode,
            )  # fmt: skip
        assert set(error.value.fields) == {"mode" if mode == "never" else "key_field"}


def test_the_lawful_basis_is_recorded_for_everybody_the_file_brings(scoped: World) -> None:
    done = bring_in(scoped.organisation, KNOWN, source="Salon", basis="consent")
    for contact in Contact.objects.all():
        assert (contact.source, contact.provenance["*"]["basis"]) == ("Salon", "consent")
    details = StageChange.objects.values_list("detail", flat=True)
    assert list(details) == [{"import": done.pk, "basis": "consent"}] * 2
    bring_in(scoped.organisation, HEAD + "1,,,Martin,,,,,\n", basis="contract")
    provenance = Contact.objects.get(external_id="1").provenance
    assert (provenance["*"]["basis"], provenance["last_name"]["basis"]) == ("consent", "contract")
