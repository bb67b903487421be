"""Enrichments of before stand in the history too, and can be undone from there."""

from django.db import migrations

ADD = """
INSERT INTO proofs_revision (organisation_id, company_id, cause, stamp, changes, stamps, lookup_id, by_id, at)
SELECT l.organisation_id, l.company_id, CASE l.detail WHEN 'chosen' THEN 'choice' ELSE 'answer' END,
       jsonb_build_object(
           'source', 'sirene',
           'at', coalesce(l.answer -> 'record' ->> 'fetched_at', to_json(l.answered_at) #>> '{}'),
           'ref', coalesce(l.answer -> 'record' ->> 'siren', '')
       ),
       l.changes, coalesce(l.answer -> 'provenance_before', '{}'), l.id, l.asked_by_id,
       coalesce(l.answered_at, l.created_at)
FROM enrichment_lookup l
WHERE l.status = 'found'
  AND l.changes <> '{}'
  -- Run again after a step back, it writes nothing twice.
  AND NOT EXISTS (
      SELECT 1 FROM proofs_revision r WHERE r.organisation_id = l.organisation_id AND r.lookup_id = l.id
  )
"""


class Migration(migrations.Migration):
    dependencies = [("proofs", "0002_proposals_history_and_states"), ("enrichment", "0005_matching_rule")]
    operations = [migrations.RunSQL(ADD, migrations.RunSQL.noop)]
