-- Purpose: every interaction of a person beside every rule it counts for, with the weight its age leaves it. Stands
--   in a FROM as <matches>; one row for each pair of i (the interaction) and r (the rule), weight in w.
-- Parameters: organisation_id, now_epoch (seconds), and one array for each column of the rules: rule_kinds,
--   rule_touchpoints (null: any), rule_rates (ln 2 / half-life, per day; 0: no decay), rule_since (null: no
--   window), rule_once, rule_tests. <tests> are the rules' property conditions, WHEN by number. <people> joins p where
--   each person has a moment of their own, <since> and <epoch> are then the window's begin and the moment for p.
-- Relies on: nothing but the log; who uses it narrows i.contact_id.
-- An act keeps its full weight for a day, then loses some with every full day.
-- Cost: dear is what is done for each pair of one kind. date_part gives float8 where EXTRACT gives numeric, with
--   which decay took ten times as long.
touchpoints_interaction i
{people}
JOIN unnest(%(rule_kinds)s::text[], %(rule_touchpoints)s::bigint[], %(rule_rates)s::float8[],
            %(rule_since)s::timestamptz[], %(rule_once)s::boolean[], %(rule_tests)s::int[])
     WITH ORDINALITY AS r (kind, touchpoint_id, rate, since, once, test, number)
  ON i.organisation_id = %(organisation_id)s
 AND i.verdict IN ('human', 'register')
 AND i.kind = ANY (%(rule_kinds)s::text[])
 AND i.kind = r.kind
 AND (r.touchpoint_id IS NULL OR r.touchpoint_id = i.touchpoint_id)
 AND (r.since IS NULL OR i.occurred_at > {since})
 AND CASE r.test {tests} ELSE TRUE END
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.rate = 0 THEN 1
                ELSE exp(-least(floor(greatest({epoch} - date_part('epoch', i.occurred_at), 0) / 86400)
                               * r.rate, 700))
           END AS weight
) w
