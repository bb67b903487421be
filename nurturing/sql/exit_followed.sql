-- Purpose: let go of the contacts who unsubscribed, were passed to sales, bought or were given up by sales in a batch
--   of the log; what started after that act stays.
-- Parameters: those of touchpoints.consuming.Batch, {batch} is IN_BATCH.
-- Relies on: touchpoints_interaction_log, nurturing_enrolment_once.
-- Cost: the batch (1,000 rows), one row written for each scenario such a contact is in.
WITH exits AS (
    SELECT i.contact_id, max(i.id) AS id,
           bool_or(i.kind = 'unsubscribed') AS has_unsubscribed,
           bool_or(i.kind = 'handoff_closed') AS is_closed
    FROM touchpoints_interaction i
    WHERE {batch}
      AND i.contact_id IS NOT NULL
      AND (i.kind = 'unsubscribed' AND i.verdict IN ('human', 'system')
           OR i.kind IN ('handoff_opened', 'handoff_closed') AND i.verdict = 'system')
    GROUP BY i.contact_id
)
UPDATE nurturing_enrolment e
SET status = 'left', left_at = now(), due_at = NULL,
    exit_reason = CASE WHEN x.has_unsubscribed THEN 'unsubscribed' WHEN x.is_closed THEN 'closed' ELSE 'handoff' END
FROM exits x
WHERE e.organisation_id = %(organisation_id)s
  AND e.contact_id = x.contact_id
  AND e.status = 'active'
  AND coalesce((e.cause ->> 'interaction')::bigint, 0) < x.id
