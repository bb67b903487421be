"""Degree of qualification: the share of what is worth knowing of a contact that is known."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact
from prm.organisations.models import Organisation
from prm.work.sql import run
from prm.work.wakeups import wake

SCORED_WITHIN = timedelta(seconds=5)


@dataclass(frozen=True)
class Known:
    """One thing worth knowing. `sql` is its test over `c` (contact) and `o` (company, may be missing)."""

    code: str
    label: str | Promise
    sql: str
    test: Callable[[Contact, Company | None], bool]


KNOWN: tuple[Known, ...] = (
    Known("email", _("e-mail"), "c.email IS NOT NULL", lambda c, _o: c.email is not None),
    Known("phone", _("telephone"), "c.phone <> ''", lambda c, _o: c.phone != ""),
    Known(
        "name",
        _("first and last name"),
        "c.first_name <> '' AND c.last_name <> ''",
        lambda c, _o: c.first_name != "" and c.last_name != "",
    ),
    Known("job_title", _("job title"), "c.job_title <> ''", lambda c, _o: c.job_title != ""),
    Known("company", _("company"), "c.company_id IS NOT NULL", lambda c, _o: c.company_id is not None),
    Known("siren", "SIREN", "o.siren IS NOT NULL", lambda _c, o: o is not None and o.siren is not None),
    Known("naf", _("activity"), "o.naf_code <> ''", lambda _c, o: o is not None and o.naf_code != ""),
    Known(
        "headcount", _("headcount"), "o.headcount_band <> ''", lambda _c, o: o is not None and o.headcount_band != ""
    ),
)

# Percent, as SQL over `c` and `o`. Every thing weighs the same.
PERCENT_SQL = (
    "round(100.0 * ("
    + " + ".join(f"coalesce(({known.sql})::int, 0)" for known in KNOWN)
    + f") / {len(KNOWN)})::smallint"
)


def percent_of(contact: Contact) -> int:
    """Return the degree of one contact, 0-100, as PERCENT_SQL computes it."""
    known = sum(one.test(contact, contact.company) for one in KNOWN)
    return (200 * known + len(KNOWN)) // (2 * len(KNOWN))


def unknown_of(contact: Contact) -> list[Known]:
    """Return what is still unknown of a contact."""
    return [one for one in KNOWN if not one.test(contact, contact.company)]


def recompute(
    organisation: Organisation,
    *,
    contact_ids: Iterable[int] | None = None,
    company_ids: Iterable[int] | None = None,
) -> int:
    """Recompute the degree of these contacts, of those of these companies, or of all; return how many changed.

    One statement; writes only what changed.
    """
    if contact_ids is not None:
        condition, ids = "c.id = ANY (%(ids)s::bigint[])", list(contact_ids)
    elif company_ids is not None:
        condition, ids = "c.company_id = ANY (%(ids)s::bigint[])", list(company_ids)
    else:
        condition, ids = "true", []
    return run(
        "contacts/recompute_qualification",
        {"organisation_id": organisation.pk, "ids": ids},
        percent=PERCENT_SQL,
        condition=condition,
    )


def profiles_changed(organisation: Organisation) -> None:
    """Let what is worked out from profiles (scores) be worked out anew within seconds; call it where they change.

    Deferred, so that a thousand changes in a row cost one look at the base.
    """
    wake(organisation.pk, "score", due_at=timezone.now() + SCORED_WITHIN)
