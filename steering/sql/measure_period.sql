-- Purpose: the small figures of the home page: MQLs waiting and late, what sales answered and who became a prospect in the
--   last period and in the one before, and which kinds of acts count.
-- Parameters: organisation_id, now, days.
-- Returns: what, code, reason, is_recent (false: the period before), n.
-- Relies on: scoring_handoff_queue, scoring_handoff_status; contacts_stagechange_to.
-- Cost: the open handoffs, those answered in two periods, and the prospects of two periods.
SELECT 'waiting' AS what, '' AS code, '' AS reason, h.due_at >= %(now)s AS is_recent, count(*) AS n
FROM scoring_handoff h
WHERE h.organisation_id = %(organisation_id)s AND h.status = 'waiting'
GROUP BY 4
UNION ALL
SELECT 'answer', h.status, h.reason, h.answered_at >= %(now)s - make_interval(days => %(days)s), count(*)
FROM scoring_handoff h
WHERE h.organisation_id = %(organisation_id)s
  AND h.status IN ('accepted', 'rejected', 'recycled')
  AND h.answered_at >= %(now)s - make_interval(days => 2 * %(days)s)
  AND h.answered_at < %(now)s
GROUP BY 2, 3, 4
UNION ALL
SELECT 'prospect', '', '', s.at >= %(now)s - make_interval(days => %(days)s), count(DISTINCT s.contact_id)
FROM contacts_stagechange s
WHERE s.organisation_id = %(organisation_id)s
  AND s.to_stage = 'prospect'
  AND s.from_stage IN ('', 'suspect')
  AND s.at >= %(now)s - make_interval(days => 2 * %(days)s)
  AND s.at < %(now)s
GROUP BY 4
UNION ALL
SELECT 'kind', k.code, k.name, true, 1
FROM touchpoints_interactionkind k
WHERE k.organisation_id = %(organisation_id)s
  AND k.activates
  AND k.code NOT IN ('email_delivered', 'email_opened', 'email_bounced')
ORDER BY 1, 2, 3, 4
