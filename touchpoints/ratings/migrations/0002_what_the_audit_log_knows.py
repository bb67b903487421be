"""Ratings changed before their history was kept: the audit log tells who changed them, and when."""

from django.db import migrations

KNOWN = """
INSERT INTO ratings_ratingchange (organisation_id, touchpoint_id, aspect, at, by_id, by_label, before, after)
SELECT a.organisation_id, t.id, k.aspect, a.at, a.actor_id, a.actor_label,
    (a.before ->> k.aspect)::float8, (a.after ->> k.aspect)::float8
FROM organisations_auditentry a
JOIN touchpoints_touchpoint t ON t.organisation_id = a.organisation_id AND t.id = a.object_id
CROSS JOIN (VALUES ('importance'), ('objective_quality'), ('perceived_quality')) AS k (aspect)
WHERE a.action IN ('touchpoint.create', 'touchpoint.update')
  AND a.after ? k.aspect
  AND a.before ->> k.aspect IS DISTINCT FROM a.after ->> k.aspect
ORDER BY a.at, a.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ratings", "0001_initial"),
        ("touchpoints", "0007_ratings"),
    ]

    operations = [migrations.RunSQL(KNOWN, "DELETE FROM ratings_ratingchange")]
