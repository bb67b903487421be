"""Who a condition matches: over everybody, or over some."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from contacts.condition_fields import PEOPLE
from prm.conditions.compiling import Compiled, compile_condition
from prm.conditions.documents import Problem
from prm.conditions.fields import Vocabulary, remembering, vocabulary
from prm.organisations.models import Organisation

# What conditions over people stand on (contacts/condition_fields.py). Tables a condition does not ask are left out by
# the planner: both joins are to one row at most.
_FROM = (
    "FROM contacts_contact c"
    " LEFT JOIN contacts_company co ON co.organisation_id = c.organisation_id AND co.id = c.company_id"
    " LEFT JOIN contacts_standing s ON s.organisation_id = c.organisation_id AND s.contact_id = c.id"
)
# For statements over everybody: sets of acts are hashed, in memory. The planner cannot know how many an expression
# keeps, takes them for one, and would compare everybody with every act (100,000 contacts: eight million comparisons).
# Acts of a kind lie all over the log's pages: in the order of the index each page is visited once an act (90,000 times
# for 100,000 acts), by a bitmap once (6,000).
OVER_EVERYBODY = (
    "SET LOCAL work_mem = '128MB'; SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off;"
    " SET LOCAL enable_indexscan = off"
)
CHOSEN = "%(contact_ids)s::bigint[]"
# How long a page waits for a count before it says that it takes longer.
COUNT_SECONDS = 4.0


def people_vocabulary() -> Vocabulary:
    """Return all that may be asked of a person, to be kept for one page or one step: it asks for choices once."""
    return remembering(vocabulary(PEOPLE))


@dataclass(frozen=True)
class Question:
    """A condition as of a moment, ready to stand in statements."""

    organisation: Organisation
    compiled: Compiled

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the condition: it matches nobody."""
        return self.compiled.problems

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of `select` and `holds`."""
        return {**self.compiled.params, "organisation_id": self.organisation.pk}

    @property
    def holds(self) -> str:
        """The condition over the aliases of `select`: true or false, never null."""
        return self.compiled.sql

    @property
    def next_due(self) -> str:
        """When the answer for a person may change by time alone; null where it cannot."""
        return self.compiled.next_due

    def select(self, columns: str, *, chosen: bool) -> str:
        """Return a SELECT over everybody, or over %(contact_ids)s alone; more may follow with AND."""
        where = "c.organisation_id = %(organisation_id)s AND c.stage <> ''"
        if chosen:
            return self.compiled.select(columns, _FROM, f"{where} AND c.id = ANY ({CHOSEN})", ids=CHOSEN)
        return self.compiled.select(columns, _FROM, where)


def ask(
    organisation: Organisation, document: Any, *, now: datetime | None = None, words: Vocabulary | None = None
) -> Question:
    """Compile a condition over people as of `now` (this moment, if not said), in the organisation's time zone.

    `words` is people_vocabulary(), where several conditions are asked.
    """
    compiled = compile_condition(
        document, words or people_vocabulary(), now=now or timezone.now(), time_zone=organisation.time_zone
    )
    return Question(organisation, compiled)


def count_people(question: Question, *, most_seconds: float | None = None) -> int | None:
    """Count whom a condition matches; None when that takes longer than `most_seconds`. One statement over all."""
    if question.problems:
        return 0
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(OVER_EVERYBODY)
            if most_seconds is not None:
                cursor.execute(f"SET LOCAL statement_timeout = {int(most_seconds * 1000)}")
            cursor.execute(f"{question.select('count(*)', chosen=False)} AND {question.holds}", question.params)
            count = int(cursor.fetchone()[0])
            if most_seconds is not None:
                cursor.execute("SET LOCAL statement_timeout = 0")
            return count
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":
            raise
        return None


def match_people(question: Question, contact_ids: Sequence[int] | None = None) -> list[int]:
    """Return the ids of whom a condition matches, in order: of everybody, or of these."""
    params = {**question.params, "contact_ids": list(contact_ids or ())}
    with connection.cursor() as cursor:
        select = question.select("c.id", chosen=contact_ids is not None)
        cursor.execute(f"{select} AND {question.holds} ORDER BY c.id", params)
        return [row[0] for row in cursor.fetchall()]
