"""Which value of which contact the merged person keeps, unless somebody chooses otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.fields.values import PREFIX
from contacts.models import Contact, Stage

# Fields a person chooses among, with their words.
FIELDS: dict[str, str | Promise] = {
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "email": _("E-mail"),
    "phone": _("Telephone"),
    "job_title": _("Job title"),
    "company": _("Company"),
    "external_id": _("External id"),
    "owner": _("Owner"),
    "language": _("Language"),
    "source": _("Source"),
}
PROPERTY = "properties."
# How much a source is to be trusted; what is not here lies between import and inferred.
_TRUST = {"declared": 5, "api": 4, "sirene": 3, "partner": 3, "import": 2, "inferred": 0}
# From the least to the furthest. Whoever bought stays a customer; a decision of sales outlives what came before it.
FURTHER = (
    Stage.SUSPECT,
    Stage.PROSPECT,
    Stage.DISQUALIFIED,
    Stage.LOST,
    Stage.MQL,
    Stage.ACCEPTED,
    Stage.CUSTOMER,
)


@dataclass(frozen=True)
class Choice:
    """One thing known of the contacts: what each says, and whose is taken."""

    field: str
    label: str | Promise
    # By contact id; only what is not empty.
    values: dict[int, Any]
    taken_from: int | None
    # Two different known e-mails: nobody but a person may say which one it is.
    must_be_chosen: bool = False

    @property
    def is_settled(self) -> bool:
        """Tell whether there is nothing to choose."""
        return len({str(value) for value in self.values.values()}) < 2


def choices_of(
    contacts: Sequence[Contact], given: Mapping[str, int] | None = None, *, labels: Mapping[str, str] | None = None
) -> list[Choice]:
    """Return every field, own field and property known of the contacts; `given` says whose value to take. No query.

    `labels` are those of own fields by their names; values of archived fields are chosen among as well.
    """
    given, labels = given or {}, labels or {}
    names: dict[str, str | Promise] = {**FIELDS}
    for prefix, known in ((PREFIX, "custom"), (PROPERTY, "properties")):
        keys = sorted({key for contact in contacts for key in getattr(contact, known)})
        names |= {prefix + key: labels.get(prefix + key, key) for key in keys}
    choices = []
    for field, label in names.items():
        values = {contact.pk: value for contact in contacts if not is_empty(value := value_of(contact, field))}
        if not values:
            continue
        best = max((one for one in contacts if one.pk in values), key=lambda one: _worth(one, field))
        taken = given.get(field, best.pk)
        must = field == "email" and len(set(values.values())) > 1
        choices.append(Choice(field, label, values, taken if taken in values else None, must))
    return choices


def value_of(contact: Contact, field: str) -> Any:
    """Return what a contact says of a field, own field or property."""
    for prefix, values in ((PROPERTY, contact.properties), (PREFIX, contact.custom)):
        if field.startswith(prefix):
            return values.get(field.removeprefix(prefix))
    return getattr(contact, f"{field}_id" if field in {"owner", "company"} else field)


def is_empty(value: Any) -> bool:
    """Tell whether nothing is known."""
    return value is None or value in ("", [], {})


def provenance_of(contact: Contact, field: str) -> dict[str, Any]:
    """Return {"source", "at"} of a value."""
    known = contact.provenance.get(field) or contact.provenance.get("*") or {}
    return known if isinstance(known, dict) else {}


def furthest(stages: Sequence[str]) -> str:
    """Return the stage the merged person is at."""
    return str(max(stages, key=lambda stage: FURTHER.index(Stage(stage))))


def choose_survivor(contacts: Sequence[Contact]) -> Contact:
    """Return the contact whose id the person keeps: with an address, further on, known for longer."""
    return max(contacts, key=lambda one: (bool(one.email), FURTHER.index(Stage(one.stage)), -one.pk))


def _worth(contact: Contact, field: str) -> tuple[int, str, int]:
    """Declared over imported, newer over older, then the older contact."""
    known = provenance_of(contact, field)
    return _TRUST.get(str(known.get("source", "")), 1), str(known.get("at", "")), -contact.pk
