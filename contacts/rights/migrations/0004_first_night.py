"""Organisations that are there already begin to look, the coming night, who was kept long enough."""

from django.db import migrations

FORWARD = """
INSERT INTO work_wakeup (organisation_id, queue, due_at)
SELECT o.id, 'retain', date_trunc('day', now()) + interval '1 day 2 hours' FROM organisations_organisation o;
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0003_requests_and_retention"), ("work", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "DELETE FROM work_wakeup WHERE queue = 'retain'")]
