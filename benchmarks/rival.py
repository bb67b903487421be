"""The import beside the same one done with django-import-export: same file, same cleaning, same companies."""

from typing import Any

import tablib  # type: ignore[import-untyped]
from import_export.resources import ModelResource  # type: ignore[import-untyped]

from benchmarks.import_files import merge, people_csv
from benchmarks.timing import Result, seconds
from contacts.models import Company, Contact
from contacts.normalising import company_key, normalise_domain, normalise_email, normalise_phone
from prm.organisations.models import Organisation, User
from prm.organisations.scope import organisation_scope
from prm.organisations.services import create_organisation

ROWS = 20_000
GOAL = 10.0
_COLUMNS = {
    "Identifiant": "external_id",
    "Prénom": "first_name",
    "Nom": "last_name",
    "Fonction": "job_title",
    "Source": "source",
    "Langue": "language",
}


class People(ModelResource):  # type: ignore[misc]
    """People with their company, as somebody would write it with that library; row by row, as doubles ask for."""

    class Meta:
        model = Contact
        import_id_fields = ("external_id",)
        fields = (*_COLUMNS.values(), "email", "phone")
        skip_unchanged = True

    def __init__(self, organisation: Organisation) -> None:
        """Import into an organisation."""
        super().__init__()
        self.organisation = organisation
        self.companies: dict[str, Company] = {}

    def get_queryset(self) -> Any:
        """Look among the organisation's contacts."""
        return Contact.objects.filter(organisation=self.organisation)

    def before_import_row(self, row: dict[str, Any], **_: Any) -> None:
        """Clean a row as our import does."""
        row["email"] = normalise_email(row["E-mail"])
        row["phone"] = normalise_phone(row["Téléphone"])

    def before_save_instance(self, instance: Contact, row: dict[str, Any], **_: Any) -> None:
        """Give the contact its company and what no field is for."""
        key = company_key(row["Entreprise"])
        if key not in self.companies:
            more = {"name": row["Entreprise"], "domain": normalise_domain(row["Site web"])}
            self.companies[key], _created = Company.objects.get_or_create(
                organisation=self.organisation, name_key=key, defaults=more
            )
        instance.organisation = self.organisation
        instance.company = self.companies[key]
        instance.properties = {name: row[name] for name in ("Budget", "Ville", "Remarque")}


def measure_rival(organisation: Organisation, size: int, owner_url: str) -> list[Result]:
    """Import a file twice, into two empty organisations beside the measured one."""
    text = people_csv(ROWS)
    took, _note = merge(_make("ours", size), "people.csv", text.encode())
    theirs = _make("theirs", size)
    head, _newline, rest = text.partition("\r\n")
    head = ";".join(_COLUMNS.get(name, name) for name in head.split(";"))
    rows = tablib.Dataset().load(f"{head}\r\n{rest}", format="csv", delimiter=";")
    with organisation_scope(theirs.pk):
        resource = People(theirs)
        other = seconds(lambda: resource.import_data(rows, dry_run=False, use_transactions=False))
        made = Contact.objects.count()
    note = f"{ROWS / took:,.0f} against {ROWS / other:,.0f} rows/s ({made:,} created by it); {ROWS:,} rows"
    return [Result("import, other library", size, other, took, other / took, GOAL, at_most=False, note=note)]


def _make(name: str, size: int) -> Organisation:
    admin = User.objects.create_user(f"{name}-{size}@bench.example", full_name="Bench")
    return create_organisation(name=name, slug=f"{name}-{size}", admin=admin)
