-- Purpose: what needs somebody: irritant touchpoints, late handoffs, imports with rejected rows, consumers that fail.
-- Parameters: organisation_id, now, days (of imports), irritant_importance, irritant_quality.
-- Returns: what, id, label, n, at. Late handoffs are one row: how many, and since when the first is due.
-- Relies on: scoring_handoff_queue; contacts_import_newest; touchpoints and cursors are few.
-- Cost: a few short lists.
(SELECT 'handoffs' AS what, NULL::bigint AS id, '' AS label, count(*) AS n, min(h.due_at) AS at
 FROM scoring_handoff h
 WHERE h.organisation_id = %(organisation_id)s AND h.status = 'waiting' AND h.due_at < %(now)s
 HAVING count(*) > 0)
UNION ALL
(SELECT 'consumer', NULL, c.consumer, c.failures, c.retry_at
 FROM touchpoints_consumercursor c
 WHERE c.organisation_id = %(organisation_id)s AND c.failures > 0
 ORDER BY c.consumer)
UNION ALL
(SELECT 'touchpoint', t.id, t.name, t.importance, NULL
 FROM touchpoints_touchpoint t
 WHERE t.organisation_id = %(organisation_id)s
   AND t.archived_at IS NULL
   AND t.importance >= %(irritant_importance)s
   AND (coalesce(t.objective_quality, t.perceived_quality) + coalesce(t.perceived_quality, t.objective_quality)) / 2.0
       <= %(irritant_quality)s
 ORDER BY t.importance DESC, t.name, t.id
 LIMIT 5)
UNION ALL
(SELECT 'import', i.id, i.filename, i.rejected, i.created_at
 FROM contacts_import i
 WHERE i.organisation_id = %(organisation_id)s
   AND i.rejected > 0
   AND i.created_at >= %(now)s - make_interval(days => %(days)s)
 ORDER BY i.created_at DESC
 LIMIT 3)
