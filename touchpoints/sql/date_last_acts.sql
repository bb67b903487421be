-- Purpose: date the last act of every contact in a batch of the log. Human acts only; opens never count.
-- Parameters: those of touchpoints.consuming.Batch; {batch} is IN_BATCH.
-- Relies on: touchpoints_interaction_log, primary key of contacts_standing.
-- Cost: the batch (1,000 rows), one row written for each contact in it.
WITH acts AS (
    SELECT DISTINCT ON (i.contact_id) i.contact_id, i.occurred_at, i.kind
    FROM touchpoints_interaction i
    WHERE {batch}
      AND i.contact_id IS NOT NULL
      AND i.verdict = 'human'
      AND i.kind NOT IN ('email_delivered', 'email_opened', 'email_bounced', 'slot_shown')
    ORDER BY i.contact_id, i.occurred_at DESC
)
UPDATE contacts_standing s
SET last_act_at = acts.occurred_at, last_act_kind = acts.kind
FROM acts
WHERE s.organisation_id = %(organisation_id)s
  AND s.contact_id = acts.contact_id
  AND (s.last_act_at IS NULL OR s.last_act_at < acts.occurred_at)
