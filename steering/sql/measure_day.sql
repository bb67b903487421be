-- Purpose: the small figures of the home page, and what needs somebody, in one round trip: MQLs waiting and late; what sales
--   answered and who became a prospect in the last period and in the one before; which kinds of acts count; irritant
--   touchpoints, late enrichment actions, imports with rejected rows, consumers that fail.
-- Parameters: organisation_id, now, today, days (of the period), import_days, irritant_importance, irritant_quality.
-- Returns: what, id, code, label, is_recent (false: late, or of the period before), n, at.
-- Relies on: scoring_handoff_queue, scoring_handoff_status; contacts_stagechange_to; contacts_import_newest; touchpoints,
--   actions, kinds and cursors are few.
-- Cost: the open handoffs, those answered in two periods, the prospects of two periods, and a few short lists.
SELECT 'waiting' AS what, NULL::bigint AS id, '' AS code, '' AS label, h.due_at >= %(now)s AS is_recent, count(*) AS n,
       min(h.due_at) AS at
FROM scoring_handoff h
WHERE h.organisation_id = %(organisation_id)s AND h.status = 'waiting'
GROUP BY h.due_at >= %(now)s
UNION ALL
SELECT 'answer', NULL, h.status, h.reason, h.answered_at >= %(now)s - make_interval(days => %(days)s), count(*), NULL
FROM scoring_handoff h
WHERE h.organisation_id = %(organisation_id)s
  AND h.status IN ('accepted', 'rejected', 'recycled')
  AND h.answered_at >= %(now)s - make_interval(days => 2 * %(days)s)
  AND h.answered_at < %(now)s
GROUP BY h.status, h.reason, h.answered_at >= %(now)s - make_interval(days => %(days)s)
UNION ALL
SELECT 'prospect', NULL, '', '', s.at >= %(now)s - make_interval(days => %(days)s), count(DISTINCT s.contact_id), NULL
FROM contacts_stagechange s
WHERE s.organisation_id = %(organisation_id)s
  AND s.to_stage = 'prospect'
  AND s.from_stage IN ('', 'suspect')
  AND s.at >= %(now)s - make_interval(days => 2 * %(days)s)
  AND s.at < %(now)s
GROUP BY s.at >= %(now)s - make_interval(days => %(days)s)
UNION ALL
SELECT 'kind', NULL, k.code, k.name, true, 1, NULL
FROM touchpoints_interactionkind k
WHERE k.organisation_id = %(organisation_id)s
  AND k.activates
  AND k.code NOT IN ('email_delivered', 'email_opened', 'email_bounced')
UNION ALL
SELECT 'consumer', NULL, c.consumer, '', true, c.failures, c.retry_at
FROM touchpoints_consumercursor c
WHERE c.organisation_id = %(organisation_id)s AND c.failures > 0
UNION ALL
(SELECT 'touchpoint', t.id, t.code, t.name, true, floor(t.importance)::bigint, NULL
 FROM touchpoints_touchpoint t
 WHERE t.organisation_id = %(organisation_id)s
   AND t.archived_at IS NULL
   AND t.importance >= %(irritant_importance)s
   AND (coalesce(t.objective_quality, t.perceived_quality) + coalesce(t.perceived_quality, t.objective_quality)) / 2.0
       <= %(irritant_quality)s
 ORDER BY t.importance DESC, t.name, t.id
 LIMIT 5)
UNION ALL
-- How many are late, and the one that was due first; at noon it is that day everywhere in Europe.
(SELECT 'action', a.id, '', a.title, true, count(*) OVER (), (a.due_on + time '12:00')::timestamptz
 FROM actions_enrichmentaction a
 JOIN touchpoints_touchpoint t ON t.organisation_id = a.organisation_id AND t.id = a.touchpoint_id
 WHERE a.organisation_id = %(organisation_id)s
   AND a.status IN ('todo', 'doing')
   AND a.due_on < %(today)s
   AND a.deleted_at IS NULL
   AND t.archived_at IS NULL
 ORDER BY a.due_on, a.title, a.id
 LIMIT 1)
UNION ALL
(SELECT 'import', i.id, '', i.filename, true, i.rejected, i.created_at
 FROM contacts_import i
 WHERE i.organisation_id = %(organisation_id)s
   AND i.subject = 'people'
   AND i.rejected > 0
   AND i.created_at >= %(now)s - make_interval(days => %(import_days)s)
 ORDER BY i.created_at DESC, i.id DESC
 LIMIT 3)
ORDER BY what, n DESC, label, code, id
