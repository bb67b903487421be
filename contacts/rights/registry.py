"""What is held on people, table by table: said by the app that owns the table.

A *holding* says how a person's rows are found, what erasing does to them, and what the person is shown of them. Every
table with a reference to a contact has one; a test over all models fails without it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from prm.organisations.models import AuditEntry, Organisation

# Finds the rows of a table whose contact_id is the person.
OF_CONTACT = "t.contact_id = ANY (%(contact_ids)s::bigint[])"


@dataclass(frozen=True)
class Whom:
    """The people something is done for, by all they are known by."""

    organisation: Organisation
    # With the ids of contacts that were merged into them.
    contact_ids: list[int]
    addresses: list[str] = field(default_factory=list)
    address_keys: list[str] = field(default_factory=list)
    external_ids: list[str] = field(default_factory=list)
    # Addresses and full names in lower case, as patterns of LIKE.
    patterns: list[str] = field(default_factory=list)

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of every condition of a holding."""
        return {
            "organisation_id": self.organisation.pk,
            "contact_ids": self.contact_ids,
            "addresses": self.addresses,
            "address_keys": self.address_keys,
            "external_ids": self.external_ids,
            "patterns": self.patterns,
        }


@dataclass(frozen=True)
class Holding:
    """Rows of a table about a person. SQL speaks of `t`, the row, and of the parameters of Whom."""

    model: type[Model]
    title: str | Promise
    whose: str = OF_CONTACT
    # Which of them erasing removes ("true": all); what it writes over the others: a SET list.
    delete: str = ""
    blank: str = ""
    # For tables the application may not change: a function (organisation, ids) of the owner that empties rows.
    emptied_by: str = ""
    # What the person is shown: {name: SQL}; empty: nothing that tells them more than the rest.
    shows: Mapping[str, str] = field(default_factory=dict)
    # An address a row says the person has, or had.
    address: str = ""
    # While such a row exists, nobody is erased: {SQL: what to say}.
    busy: str = ""
    busy_words: str | Promise = ""
    # Lower ones are erased first: those that are found by others.
    order: int = 50

    @property
    def table(self) -> str:
        """The table's name."""
        return self.model._meta.db_table

    @property
    def rows(self) -> str:
        """The WHERE of the person's rows."""
        return f"t.organisation_id = %(organisation_id)s AND ({self.whose})"


# Removes what no statement finds, such as the bytes of files; returns how many things it removed.
Purge = Callable[[Whom], int]

_holdings: dict[tuple[str, str], Holding] = {}
_purges: list[Purge] = []


def hold(model: type[Model], title: str | Promise, *shown: str, **more: Any) -> None:
    """Say what a table holds on people; called from AppConfig.ready. `shown` are columns, added to `shows`."""
    shows = {**{name: f"t.{name}" for name in shown}, **more.pop("shows", {})}
    holding = Holding(model, title, shows=shows, **more)
    _holdings[holding.table, holding.whose] = holding


def hold_audit(whose: str) -> None:
    """Say which entries of the audit log are about a person."""
    hold(
        AuditEntry,
        _("Audit log"),
        *("at", "action", "object_label", "before", "after"),
        whose=whose,
        emptied_by="rights_forget_audit",
        # Some are found by what is erased later.
        order=10,
    )


def on_erase(purge: Purge) -> None:
    """Say what else erasing does, in its transaction."""
    if purge not in _purges:
        _purges.append(purge)


def list_holdings() -> list[Holding]:
    """Return every holding in the order in which they are erased, always the same."""
    return sorted(_holdings.values(), key=lambda one: (one.order, one.table, one.whose))


def list_purges() -> list[Purge]:
    """Return what else erasing does."""
    return _purges
