"""Who of an audience may be passed on, and why the others may not: asked in sets, at the moment of writing.

Whoever is erased is in no condition. Who may not be written to, for whatever reason, is not advertised to either.
"""

from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.audiences.models import Audience
from contacts.consent.models import Purpose
from contacts.segments.matching import COUNT_SECONDS, OVER_EVERYBODY, Question, ask
from prm.organisations.models import Organisation

IN = "in"
# In the order in which they are asked: somebody is left out for the first that holds.
REASONS: dict[str, str | Promise] = {
    "no_email": gettext_lazy("no e-mail address"),
    "suppressed": gettext_lazy("opted out, bounced or complained"),
    "refused": gettext_lazy("said no, or took their yes back"),
    "not_asked": gettext_lazy("never said yes"),
}
# Over the alias c (contacts_contact).
_SUPPRESSED = (
    "EXISTS (SELECT 1 FROM contacts_suppression x WHERE x.organisation_id = c.organisation_id AND x.contact_id = c.id)"
)
_SAID = (
    "EXISTS (SELECT 1 FROM consent_consentstate x WHERE x.organisation_id = c.organisation_id AND x.contact_id = c.id"
    " AND x.purpose_id = %(purpose_id)s AND x.state {which} 'given')"
)
ALLOWED = f"COALESCE(c.email, '') <> '' AND NOT {_SUPPRESSED} AND {_SAID.format(which='=')}"
WHY = (
    f"CASE WHEN COALESCE(c.email, '') = '' THEN 'no_email' WHEN {_SUPPRESSED} THEN 'suppressed'"
    f" WHEN {_SAID.format(which='<>')} THEN 'refused' WHEN NOT {_SAID.format(which='=')} THEN 'not_asked'"
    f" ELSE '{IN}' END"
)
_OF_SEGMENT = (
    "EXISTS (SELECT 1 FROM segments_segmentmember z WHERE z.organisation_id = c.organisation_id AND z.contact_id = c.id"
    " AND z.segment_id = %(segment_id)s AND z.left_at IS NULL)"
)


@dataclass(frozen=True)
class Preview:
    """How many stand in an audience now, and how many are left out, by reason. `chosen` None: it takes longer."""

    chosen: int | None
    left_out: tuple[tuple[str, int], ...] = ()
    # What keeps a file from being made.
    problem: str = ""

    @property
    def matched(self) -> int:
        """Everybody the segment and the condition mean."""
        return (self.chosen or 0) + sum(number for _why, number in self.left_out)


@dataclass(frozen=True)
class Choice:
    """An audience as SQL over everybody."""

    question: Question
    purpose: Purpose | None
    segment_id: int | None
    problem: str

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of `select`."""
        purpose_id = self.purpose.pk if self.purpose else None
        return {**self.question.params, "purpose_id": purpose_id, "segment_id": self.segment_id}

    def select(self, columns: str) -> str:
        """Return a SELECT over whoever the audience means; more may follow with AND."""
        segment = f" AND {_OF_SEGMENT}" if self.segment_id is not None else ""
        return f"{self.question.select(columns, chosen=False)} AND {self.question.holds}{segment}"


def choose(organisation: Organisation, audience: Audience) -> Choice:
    """Return an audience as it is to be asked now; its problem says why it means nobody. Two queries and choices'."""
    question = ask(organisation, audience.condition)
    purpose = find_purpose(audience.purpose)
    problem = ""
    if audience.is_stale:
        problem = _("Its segment was removed: choose another one.")
    elif audience.segment is not None and audience.segment.archived_at is not None:
        problem = _("Its segment is archived: choose another one.")
    elif question.problems:
        problem = " ".join(str(one.message) for one in question.problems)
    elif purpose is None:
        problem = _("Its purpose is archived: nobody is asked for it any more.")
    return Choice(question, purpose, audience.segment_id, problem)


def find_purpose(code: str) -> Purpose | None:
    """Return a purpose in use."""
    found: Purpose | None = Purpose.objects.filter(code=code, archived_at=None).first()
    return found


def preview(organisation: Organisation, audience: Audience) -> Preview:
    """Count who would stand in a file made now. One statement over everybody, for at most COUNT_SECONDS."""
    choice = choose(organisation, audience)
    if choice.problem:
        return Preview(0, problem=choice.problem)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(OVER_EVERYBODY)
            cursor.execute(f"SET LOCAL statement_timeout = {int(COUNT_SECONDS * 1000)}")
            cursor.execute(f"{choice.select(f'{WHY} AS why, count(*)')} GROUP BY 1", choice.params)
            counts = dict(cursor.fetchall())
            cursor.execute("SET LOCAL statement_timeout = 0")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":
            raise
        return Preview(None)
    return Preview(counts.pop(IN, 0), tuple((why, counts[why]) for why in REASONS if counts.get(why)))
