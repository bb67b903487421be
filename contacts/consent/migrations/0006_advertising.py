"""Organisations there are already get the purpose of advertising partners, last in their list."""

from typing import Any

from django.db import migrations

CODE = "advertising"
TEXTS = {
    "label_en": "Advertising partners",
    "label_fr": "Partenaires publicitaires",
    "text_en": "We may pass fingerprints of your contact details on to advertising platforms (Google, Meta), so that they"
    " show you our advertisements.",
    "text_fr": "Nous pouvons transmettre des empreintes de vos coordonnées à des plateformes publicitaires (Google, Meta),"
    " afin qu’elles vous montrent nos publicités.",
}
PURPOSE = """
INSERT INTO consent_purpose (organisation_id, code, channel, basis, position)
SELECT o.id, %(code)s, '', 'consent',
    (SELECT coalesce(max(p.position), 0) + 1 FROM consent_purpose p WHERE p.organisation_id = o.id)
FROM organisations_organisation o
WHERE (SELECT count(*) FROM consent_purpose p WHERE p.organisation_id = o.id AND p.archived_at IS NULL) < 20
ON CONFLICT DO NOTHING
"""
TEXT = """
INSERT INTO consent_purposetext (organisation_id, purpose_id, version, label_en, label_fr, text_en, text_fr)
SELECT p.organisation_id, p.id, 1, %(label_en)s, %(label_fr)s, %(text_en)s, %(text_fr)s
FROM consent_purpose p
WHERE p.code = %(code)s AND NOT EXISTS (
    SELECT FROM consent_purposetext t WHERE t.organisation_id = p.organisation_id AND t.purpose_id = p.id
)
"""


def add(apps: Any, schema_editor: Any) -> None:
    """Add it where there is room."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(PURPOSE, {"code": CODE})
        cursor.execute(TEXT, {"code": CODE, **TEXTS})


class Migration(migrations.Migration):
    dependencies = [("consent", "0005_noting")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
