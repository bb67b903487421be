"""Which contacts somebody chose: those with a tick, or all that a filter of the list matches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from contacts.queries import ContactFilter, list_contacts, read_filter, read_ids
from prm.organisations.models import Organisation
from prm.work.errors import Invalid

# Ticked by hand: more than a page ever shows.
MOST_TICKED = 1000
# How long a page waits for a count.
COUNT_SECONDS = 4.0


@dataclass(frozen=True)
class Selection:
    """Contacts by their ids, or, without any, by the filter as the list's address says it."""

    ids: tuple[int, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def filter(self) -> ContactFilter:
        """The filter that gives these contacts."""
        return read_filter(self.address)

    @property
    def address(self) -> dict[str, str]:
        """The parameters by which the list, or an export, shows these contacts."""
        return {"ids": ",".join(map(str, self.ids))} if self.ids else dict(self.query)


def read_selection(data: QueryDict) -> Selection:
    """Return what a form of the list chose; raise Invalid for nothing, or for more than anybody ticks."""
    if data.get("all") == "1":
        query = QueryDict(data.get("query", "")[:4000].lstrip("?"))
        return Selection(query={name: str(value) for name, value in query.items() if value and name != "cursor"})
    ids = read_ids(",".join(data.getlist("ids")))
    if not ids:
        raise Invalid(_("Select contacts first."))
    if len(ids) > MOST_TICKED:
        raise Invalid(_("Select at most %(most)s contacts at once.") % {"most": MOST_TICKED})
    return Selection(ids)


def count_selection(organisation: Organisation, selection: Selection) -> int | None:
    """Count exactly; None where that takes longer than a page may wait. One statement."""
    rows = list_contacts(organisation, selection.filter).order_by().values("pk")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {int(COUNT_SECONDS * 1000)}")
            number = rows.count()
            cursor.execute("SET LOCAL statement_timeout = 0")
            return number
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":
            raise
        return None


def selected_ids(organisation: Organisation, selection: Selection) -> tuple[str, tuple[Any, ...]] | None:
    """Return the SELECT of their ids with its parameters; None where nobody can be meant."""
    rows = list_contacts(organisation, selection.filter).order_by().values("pk")
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    return sql, params
