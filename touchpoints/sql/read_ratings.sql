-- Purpose: every touchpoint's ratings as they were at a moment.
-- Parameters: organisation_id, at.
-- Returns: touchpoint_id, aspect, value (null: not rated); of touchpoints that were in the inventory then.
-- Way: the last change before the moment says it; without one, what the first change after it found; without any, the
--   rating never changed. Of observed importance only changes are known.
-- Relies on: ratings_change_of_aspect.
-- Cost: two index probes for each aspect of each touchpoint; inventories have some tens.
SELECT t.id, a.aspect, CASE WHEN earlier.id IS NOT NULL THEN earlier.after
                            WHEN later.id IS NOT NULL THEN later.before
                            ELSE a.now END
FROM touchpoints_touchpoint t
CROSS JOIN LATERAL (VALUES
    ('importance', t.importance), ('objective_quality', t.objective_quality),
    ('perceived_quality', t.perceived_quality), ('observed', NULL)
) AS a (aspect, now)
LEFT JOIN LATERAL (
    SELECT c.id, c.after
    FROM ratings_ratingchange c
    WHERE c.organisation_id = %(organisation_id)s AND c.touchpoint_id = t.id AND c.aspect = a.aspect AND c.at <= %(at)s
    ORDER BY c.at DESC, c.id DESC
    LIMIT 1
) earlier ON true
LEFT JOIN LATERAL (
    SELECT c.id, c.before
    FROM ratings_ratingchange c
    WHERE c.organisation_id = %(organisation_id)s AND c.touchpoint_id = t.id AND c.aspect = a.aspect AND c.at > %(at)s
    ORDER BY c.at, c.id
    LIMIT 1
) later ON earlier.id IS NULL
WHERE t.organisation_id = %(organisation_id)s
  AND t.archived_at IS NULL
  AND (t.created_at <= %(at)s OR earlier.id IS NOT NULL)
