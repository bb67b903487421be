-- Purpose: suspects who did something of an engaging kind become prospects; one ledger row each.
-- Parameters: those of touchpoints.consuming.Batch; {batch} is IN_BATCH.
-- Relies on: touchpoints_interaction_log, primary key of contacts_contact.
-- Cost: the batch (1,000 rows); writes only for suspects.
WITH first_acts AS (
    SELECT DISTINCT ON (i.contact_id) i.contact_id, i.id, i.kind, i.occurred_at
    FROM touchpoints_interaction i
    JOIN touchpoints_interactionkind k
      ON k.organisation_id = i.organisation_id AND k.code = i.kind AND k.engages
    WHERE {batch} AND i.contact_id IS NOT NULL AND i.verdict = 'human'
    ORDER BY i.contact_id, i.occurred_at, i.id
), moved AS (
    UPDATE contacts_contact c
    SET stage = 'prospect', stage_since = now(), updated_at = now()
    FROM first_acts f
    WHERE c.organisation_id = %(organisation_id)s AND c.id = f.contact_id AND c.stage = 'suspect'
    RETURNING c.id, f.id AS interaction_id, f.kind
)
INSERT INTO contacts_stagechange (organisation_id, contact_id, from_stage, to_stage, cause, detail)
SELECT %(organisation_id)s, m.id, 'suspect', 'prospect', 'interaction',
       jsonb_build_object('interaction', m.interaction_id, 'kind', m.kind)
FROM moved m
