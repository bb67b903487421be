-- Purpose: let what happened in some visits have the visits' verdicts. What becomes a human's stands at the end of the
--   log anew, so that consumers read it as they read what is new.
-- Parameters: organisation_id, visitors (uids), visits (ids, as text), verdicts, since (no act is older).
-- Columns: id, contact_id, whether it counted before, whether it counts now.
-- Relies on: touchpoints_interaction_visitor.
-- Cost: the acts of these visitors since then.
WITH changed AS (
    SELECT i.id, i.occurred_at, i.verdict AS was, g.verdict
    FROM unnest(%(visitors)s::uuid[], %(visits)s::text[], %(verdicts)s::text[]) AS g (visitor_id, visit, verdict)
    JOIN touchpoints_interaction i
      ON i.organisation_id = %(organisation_id)s
     AND i.visitor_id = g.visitor_id
     AND i.occurred_at >= %(since)s
     AND i.properties ->> 'visit' = g.visit
     AND i.verdict <> g.verdict
     AND i.verdict IN ('human', 'suspect', 'bot')
)
UPDATE touchpoints_interaction i
SET verdict = c.verdict,
    transaction_id = CASE WHEN c.verdict = 'human' THEN pg_current_xact_id()::text::bigint ELSE i.transaction_id END
FROM changed c
WHERE i.organisation_id = %(organisation_id)s AND i.id = c.id AND i.occurred_at = c.occurred_at
RETURNING i.id, i.contact_id, c.was = 'human', c.verdict = 'human'
