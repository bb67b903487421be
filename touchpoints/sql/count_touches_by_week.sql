-- Purpose: what happened at one touchpoint, week by week and kind by kind. Human acts only.
-- Parameters: organisation_id, touchpoint_id, since, upto (the weeks are counted back from it).
-- Returns: weeks_ago (0 is the week that ends at upto), kind, interactions.
-- Relies on: touchpoints_interaction_touchpoint.
-- Cost: the interactions of this touchpoint in the period, once.
SELECT floor(date_part('epoch', %(upto)s::timestamptz - i.occurred_at) / 604800)::int AS weeks_ago, i.kind, count(*)
FROM touchpoints_interaction i
WHERE i.organisation_id = %(organisation_id)s
  AND i.touchpoint_id = %(touchpoint_id)s
  AND i.occurred_at > %(since)s
  AND i.occurred_at <= %(upto)s
  AND i.verdict = 'human'
GROUP BY 1, 2
