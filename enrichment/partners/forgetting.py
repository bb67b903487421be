"""What doubtful lines say is kept while somebody may need it: it may name people, as any file of companies may.

A line waits with what it says until it is settled, and no longer than its file's data are fresh. A settled one is
shown for thirty days, as long as its file can be undone.
"""

from datetime import timedelta
from typing import Any

from django.db.models import CharField, F, Func, JSONField, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone

from contacts.importing.undoing import KEPT_FOR
from contacts.tidying import tidy_after
from enrichment.models import Lookup, LookupStatus
from enrichment.partners.models import PARTNER_FILE, PartnerFile
from prm.organisations.models import Organisation

# Codes of Lookup.detail, which enrichment/wording.py says in words.
STALE_LINE, ERASED_LINE = "stale_line", "erased_line"

_NAMES = "lower(t.question::text || t.answer::text) LIKE ANY (%(patterns)s::text[])"
# A line's words of a person who is erased (index enrichment_lookup_lines).
NAMES_PERSON = f"t.provider = 'partner_file' AND t.answer ? 'row' AND {_NAMES}"
# What the website of their own company says of a person: its notice names who publishes it.
NOTICE_NAMES_PERSON = (
    "t.company_id IN (SELECT c.company_id FROM contacts_contact c WHERE c.organisation_id = %(organisation_id)s"
    f" AND c.id = ANY (%(contact_ids)s::bigint[])) AND t.answer ? 'site' AND {_NAMES}"
)
# What stays is that something was asked and when; a line that waits cannot be settled any more.
EMPTIED = (
    "question = '{}', changes = '{}', answer = t.answer - 'row' - 'candidates',"
    " detail = CASE WHEN t.status = 'ambiguous' THEN 'erased_line' ELSE t.detail END,"
    " status = CASE WHEN t.status = 'ambiguous' THEN 'not_found' ELSE t.status END"
)
QUOTES_EMPTIED = (
    "question = t.question, changes = t.changes,"
    " answer = jsonb_set(t.answer, '{site,mentions}', (SELECT coalesce(jsonb_agg(m.one || '{\"quote\": \"\"}'), '[]')"
    " FROM jsonb_array_elements(t.answer #> '{site,mentions}') AS m (one)))"
)


def forget_lines(organisation: Organisation) -> int:
    """Drop what lines say that were settled thirty days ago, and give up those that wait for longer than they hold."""
    now, today = timezone.now(), timezone.localdate()
    lines = Lookup.objects.filter(organisation=organisation, provider=PARTNER_FILE, answer__has_key="row")
    settled = lines.exclude(status=LookupStatus.AMBIGUOUS)
    forgotten = drop_words(settled.filter(answered_at__lt=now - KEPT_FOR))
    waiting = lines.filter(status=LookupStatus.AMBIGUOUS)
    jobs = PartnerFile.objects.filter(organisation=organisation, fresh_until__lt=today).values("source_import__job")
    stale = waiting.filter(job__in=jobs, answered_at__lt=now - KEPT_FOR)
    given_up = drop_words(stale, status=LookupStatus.NOT_FOUND, detail=STALE_LINE)
    if lines.exists():
        # Whenever the next one's time is over: a look a month costs nothing.
        oldest = settled.order_by("answered_at").values_list("answered_at", flat=True).first()
        tidy_after(organisation, max(oldest + KEPT_FOR - now, timedelta(0)) if oldest else KEPT_FOR)
    return forgotten + given_up


def drop_words(lines: QuerySet[Lookup], **also: str) -> int:
    """Drop what lines say and who they may be about; `also` is written with it. One statement."""
    left: F | Func[Any] = F("answer")
    for name in ("row", "candidates"):
        left = Func(left, Cast(Value(name), CharField()), arg_joiner=" - ", template="(%(expressions)s)",
                    output_field=JSONField())  # fmt: skip
    return lines.update(answer=left, question={}, **also)
