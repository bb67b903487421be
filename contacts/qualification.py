"""Degree of qualification: how much of what is worth knowing of a contact is known, by the organisation's weights."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.fields.models import CustomField, Subject, Weight, is_key
from contacts.fields.values import PREFIX, share_definitions
from contacts.models import Company, Contact
from prm.organisations.models import Organisation
from prm.work.sql import run
from prm.work.wakeups import wake

SCORED_WITHIN = timedelta(seconds=5)
MOST_WEIGHT = 10
# Of what every organisation can know, until it says otherwise; its own fields weigh nothing before they are weighed.
USUAL_WEIGHT = 5


@dataclass(frozen=True)
class Known:
    """One thing worth knowing. `sql` is its test over `c` (contact) and `o` (company, may be missing)."""

    code: str
    label: str | Promise
    sql: str
    test: Callable[[Contact, Company | None], bool]
    usual_weight: int = USUAL_WEIGHT


BUILT_IN: tuple[Known, ...] = (
    Known("email", _("e-mail"), "c.email IS NOT NULL", lambda c, _o: c.email is not None),
    Known("phone", _("telephone"), "c.phone <> ''", lambda c, _o: c.phone != ""),
    Known(
        "name",
        _("first and last name"),
        "c.first_name <> '' AND c.last_name <> ''",
        lambda c, _o: c.first_name != "" and c.last_name != "",
    ),
    Known("job_title", _("job title"), "c.job_title <> ''", lambda c, _o: c.job_title != ""),
    Known("language", _("language"), "c.language <> ''", lambda c, _o: c.language != "", 0),
    Known("company", _("company"), "c.company_id IS NOT NULL", lambda c, _o: c.company_id is not None),
    Known("siren", "SIREN", "o.siren IS NOT NULL", lambda _c, o: o is not None and o.siren is not None),
    Known("naf", _("activity"), "o.naf_code <> ''", lambda _c, o: o is not None and o.naf_code != ""),
    Known(
        "headcount", _("headcount"), "o.headcount_band <> ''", lambda _c, o: o is not None and o.headcount_band != ""
    ),
    Known("domain", _("web domain"), "o.domain <> ''", lambda _c, o: o is not None and o.domain != "", 0),
    Known("city", _("city"), "o.city <> ''", lambda _c, o: o is not None and o.city != "", 0),
)


@dataclass(frozen=True)
class Weighed:
    """One thing with its weight, 0-10."""

    known: Known
    weight: int


@dataclass(frozen=True)
class Missing:
    """One thing that is not known of a contact, and how many points of the degree it would bring."""

    label: str | Promise
    points: int


@dataclass(frozen=True)
class Weighing:
    """What an organisation finds worth knowing; things of weight 0 count for nothing."""

    things: tuple[Weighed, ...]

    @cached_property
    def total(self) -> int:
        """All weights together; 0: nothing is worth knowing, and everybody's degree is 0."""
        return sum(one.weight for one in self.things)

    @cached_property
    def percent_sql(self) -> str:
        """The degree as SQL over `c` and `o`, a smallint of 0-100."""
        if not self.total:
            return "0::smallint"
        known = " + ".join(f"{one.weight:d} * coalesce(({one.known.sql})::int, 0)" for one in self.things if one.weight)
        return f"round(100.0 * ({known}) / {self.total:d})::smallint"

    def percent_of(self, contact: Contact) -> int:
        """Return the degree of one contact, 0-100, as `percent_sql` computes it."""
        known = sum(one.weight for one in self.things if one.known.test(contact, contact.company))
        return (200 * known + self.total) // (2 * self.total) if self.total else 0

    def missing_of(self, contact: Contact) -> list[Missing]:
        """Return what is still unknown of a contact, the heaviest first."""
        unknown = [one for one in self.things if one.weight and not one.known.test(contact, contact.company)]
        unknown.sort(key=lambda one: -one.weight)
        return [Missing(one.known.label, self.share_of(one.weight)) for one in unknown]

    def share_of(self, weight: int) -> int:
        """Return how much of the degree a weight makes, in percent."""
        return (200 * weight + self.total) // (2 * self.total) if self.total else 0


def weighing_of(organisation: Organisation, *, to_write: bool = False) -> Weighing:
    """Return what an organisation finds worth knowing. Two queries.

    `to_write`: what is worked out by it is written in this transaction; weights do not change until that ends.
    """
    if to_write:
        share_definitions(organisation)
    weights = dict(Weight.objects.values_list("code", "weight"))
    return make_weighing(weights, CustomField.objects.filter(archived_at=None).order_by("-subject", "position", "pk"))


def make_weighing(weights: Mapping[str, int], fields: Iterable[CustomField]) -> Weighing:
    """Return the weighing that these weights and the fields in use make. No query of its own."""
    things = [*BUILT_IN, *(_own(field) for field in fields if is_key(field.key))]
    return Weighing(tuple(Weighed(known, weights.get(known.code, known.usual_weight)) for known in things))


def _own(field: CustomField) -> Known:
    if field.subject == Subject.CONTACT:
        return Known(
            PREFIX + field.key,
            field.label,
            f"jsonb_exists(c.custom, '{field.key}')",
            partial(_person_has, field.key),
            usual_weight=0,
        )
    return Known(
        f"company.{PREFIX}{field.key}",
        field.label,
        f"jsonb_exists(o.custom, '{field.key}')",
        partial(_company_has, field.key),
        usual_weight=0,
    )


def _person_has(key: str, contact: Contact, _company: Company | None) -> bool:
    return key in contact.custom


def _company_has(key: str, _contact: Contact, company: Company | None) -> bool:
    return company is not None and key in company.custom


def recompute(
    organisation: Organisation,
    *,
    contact_ids: Iterable[int] | None = None,
    company_ids: Iterable[int] | None = None,
) -> int:
    """Recompute the degree of these contacts, of those of these companies, or of all; return how many changed.

    One statement after those of `weighing_of`; writes only what changed.
    """
    if contact_ids is not None:
        condition, ids = "c.id = ANY (%(ids)s::bigint[])", list(contact_ids)
    elif company_ids is not None:
        condition, ids = "c.company_id = ANY (%(ids)s::bigint[])", list(company_ids)
    else:
        condition, ids = "true", []
    return _recompute(organisation, condition, {"ids": ids})


def recompute_between(organisation: Organisation, *, after: int, upto: int) -> int:
    """Recompute the degree of the contacts whose ids are above `after`, and `upto` at most; as `recompute`."""
    return _recompute(organisation, "c.id > %(after)s AND c.id <= %(upto)s", {"after": after, "upto": upto})


def _recompute(organisation: Organisation, condition: str, params: Mapping[str, object]) -> int:
    return run(
        "contacts/recompute_qualification",
        {"organisation_id": organisation.pk, **params},
        percent=weighing_of(organisation, to_write=True).percent_sql,
        condition=condition,
    )


def profiles_changed(organisation: Organisation) -> None:
    """Let what is worked out from profiles (scores) be worked out anew within seconds; call it where they change.

    Deferred, so that a thousand changes in a row cost one look at the base.
    """
    wake(organisation.pk, "score", due_at=timezone.now() + SCORED_WITHIN)
