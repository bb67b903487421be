-- Purpose: hold a stretch of the log, in its own order, against the rules of recognition; whoever acted where is
--   looked at again by living segments.
-- Parameters: organisation_id, after_transaction, after_id (where the stretch begins), most (its length).
-- Columns: how many were read, the last one's transaction and id (null at the end), how many got a touchpoint.
-- Relies on: touchpoints_interaction_log, touchpoints_recognise.
-- Cost: the stretch; 20,000 rows against twenty rules take about a second.
WITH stretch AS MATERIALIZED (
    SELECT i.id, i.occurred_at, i.transaction_id, i.touchpoint_id, i.kind, i.verdict, i.properties
    FROM touchpoints_interaction i
    WHERE i.organisation_id = %(organisation_id)s
      AND (i.transaction_id, i.id) > (%(after_transaction)s, %(after_id)s)
    ORDER BY i.transaction_id, i.id
    LIMIT %(most)s
),
recognised AS MATERIALIZED (
    SELECT s.id, s.occurred_at, r.touchpoint_id
    FROM stretch s
    CROSS JOIN LATERAL touchpoints_recognise(%(organisation_id)s, s.kind, s.properties) AS r
    WHERE s.touchpoint_id IS NULL AND s.verdict <> 'system'
),
given AS (
    UPDATE touchpoints_interaction i
    SET touchpoint_id = f.touchpoint_id
    FROM recognised f
    WHERE i.organisation_id = %(organisation_id)s
      AND i.id = f.id
      AND i.occurred_at = f.occurred_at
      AND i.touchpoint_id IS NULL
    RETURNING i.contact_id
),
touched AS (
    INSERT INTO segments_touchedcontact (organisation_id, contact_id)
    SELECT DISTINCT %(organisation_id)s::bigint, g.contact_id
    FROM given g
    WHERE g.contact_id IS NOT NULL AND segments_are_kept(%(organisation_id)s)
)
SELECT
    (SELECT count(*) FROM stretch),
    (SELECT s.transaction_id FROM stretch s ORDER BY s.transaction_id DESC, s.id DESC LIMIT 1),
    (SELECT s.id FROM stretch s ORDER BY s.transaction_id DESC, s.id DESC LIMIT 1),
    (SELECT count(*) FROM given)
