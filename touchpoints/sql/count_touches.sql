-- Purpose: how much happened at each touchpoint of an organisation since a moment. Human acts only.
-- Parameters: organisation_id, since.
-- Returns: touchpoint_id, interactions, contacts (different ones).
-- Relies on: touchpoints_interaction_touchpoint (organisation, touchpoint, occurred_at); partitions before `since` are pruned.
-- Cost: the interactions of the period, once; two hash aggregates instead of a sort for count(DISTINCT).
SELECT t.touchpoint_id, sum(t.n)::bigint AS interactions, count(t.contact_id) AS contacts
FROM (
    SELECT i.touchpoint_id, i.contact_id, count(*) AS n
    FROM touchpoints_interaction i
    WHERE i.organisation_id = %(organisation_id)s
      AND i.touchpoint_id IS NOT NULL
      AND i.occurred_at >= %(since)s
      AND i.verdict = 'human'
    GROUP BY 1, 2
) t
GROUP BY 1
