"""Organisations there are already get the starting purposes; opt-outs there are already enter the ledger."""

import tomllib
from pathlib import Path
from typing import Any

from django.db import migrations

PURPOSE = """
INSERT INTO consent_purpose (organisation_id, code, channel, basis, position)
SELECT id, %(code)s, %(channel)s, %(basis)s, %(position)s FROM organisations_organisation
ON CONFLICT DO NOTHING
"""
TEXT = """
INSERT INTO consent_purposetext (organisation_id, purpose_id, version, label_en, label_fr, text_en, text_fr)
SELECT p.organisation_id, p.id, 1, %(label_en)s, %(label_fr)s, %(text_en)s, %(text_fr)s
FROM consent_purpose p WHERE p.code = %(code)s
ON CONFLICT DO NOTHING
"""
OPT_OUTS = """
INSERT INTO consent_consententry (organisation_id, contact_id, purpose_id, act, source, at, proof)
SELECT DISTINCT ON (x.organisation_id, x.contact_id) x.organisation_id, x.contact_id, p.id,
       CASE x.reason WHEN 'complaint' THEN 'objected' ELSE 'withdrawn' END, 'suppression', x.at,
       jsonb_build_object('note', x.source)
FROM contacts_suppression x
JOIN consent_purpose p ON p.organisation_id = x.organisation_id AND p.code = 'email'
WHERE x.contact_id IS NOT NULL AND x.reason IN ('opt_out', 'complaint')
  -- Run again after a step back, it writes nothing twice.
  AND NOT EXISTS (
      SELECT 1 FROM consent_consentstate s
      WHERE s.organisation_id = x.organisation_id AND s.contact_id = x.contact_id AND s.purpose_id = p.id
        AND s.state <> 'given'
  )
ORDER BY x.organisation_id, x.contact_id, x.at
"""


def add(apps: Any, schema_editor: Any) -> None:
    """Read the starting set as it is when the migration runs."""
    file = Path(__file__).parent.parent / "starting.toml"
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    with schema_editor.connection.cursor() as cursor:
        for position, (code, values) in enumerate(found.items(), start=1):
            params = {**values, "code": code, "position": position}
            cursor.execute(PURPOSE, params)
            cursor.execute(TEXT, params)
        cursor.execute(OPT_OUTS)


class Migration(migrations.Migration):
    dependencies = [("consent", "0002_keeping"), ("organisations", "0003_people_and_audit")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
