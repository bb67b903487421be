"""By which plan conditions about consent are answered: for everybody, and for some."""

import re
from typing import Any

import pytest
from django.db import connection

from contacts.models import Contact
from contacts.segments.matching import OVER_EVERYBODY, ask
from prm.organisations.models import Organisation
from tests.contacts.consent.test_conditions import NO, NOTHING, YES, asked

SPREAD = """
WITH added AS (
    INSERT INTO contacts_contact (organisation_id, email, first_name, last_name, phone, job_title, stage, source,
                                  language, properties, provenance, qualification_percent, created_at, updated_at)
    SELECT %(organisation_id)s, 'p' || n || '@many.example', '', 'Many', '', '', 'suspect', '', '', '{}', '{}', 0,
           now(), now()
    FROM generate_series(1, 20000) n
    RETURNING id
)
INSERT INTO consent_consentstate (organisation_id, contact_id, purpose_id, state, source, since, entry_id)
SELECT %(organisation_id)s, a.id, p.id, CASE WHEN a.id %% 3 = 0 THEN 'withdrawn' ELSE 'given' END, 'import', now(), 1
FROM added a CROSS JOIN consent_purpose p
WHERE p.organisation_id = %(organisation_id)s AND a.id %% 2 = 0
"""


def plan_of(organisation: Organisation, document: dict[str, Any], chosen: list[int] | None) -> str:
    question = ask(organisation, document)
    with connection.cursor() as cursor:
        if chosen is None:
            cursor.execute(OVER_EVERYBODY)
        select = question.select("c.id", chosen=chosen is not None)
        params = {**question.params, "contact_ids": chosen}
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {select} AND {question.holds}", params)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize(
    "document",
    [
        asked("phone", "is", YES),
        asked("phone", "in", [NO, NOTHING]),
        asked("partners.allowed", "is", True),
        asked("email.allowed", "is", False),
        asked("email.asked", "is", True),
    ],
)
def test_nobody_is_compared_with_every_answer_and_some_are_asked_by_their_keys(
    solvane: Organisation, document: dict[str, Any]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SPREAD, {"organisation_id": solvane.pk})
        for table in ("contacts_contact", "consent_consentstate", "consent_confirmation", "contacts_suppression"):
            cursor.execute(f"ANALYZE {table}")
    everybody = plan_of(solvane, document, None)
    # By index or at once, as the planner finds cheaper; never the whole table for each contact.
    assert not re.search(r"Seq Scan on consent_\w+ .*loops=(?!1\))", everybody), everybody
    some = plan_of(solvane, document, list(Contact.objects.order_by("pk").values_list("pk", flat=True)[:50]))
    assert "Seq Scan on consent_consentstate" not in some, some
