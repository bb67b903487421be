-- Purpose: what a draft would make of a range of contacts, counted; who would change tier is kept, nothing else is.
-- Parameters: those of scores.sql for the draft, after_id, upto_id, simulation_id, width (points a bar spans), last
--   (number of the last bar, which holds everything beyond), was_minimum_fit and minimum_fit (of the version in use,
--   and of the draft); <scores> is scores.sql for that range.
-- Returns: old tier, new tier, old bar, new bar, whether ready for sales by the version in use, and by the draft,
--   people. Ready: hot, fitting, contactable, and a prospect or with sales.
-- Relies on: what scores.sql does; primary key of contacts_contact for those who are hot before or after.
-- Cost: that of collect_changed.sql, and one row written for each contact who changes tier.
WITH fresh AS MATERIALIZED ({scores}),
kept AS (
    INSERT INTO simulation_simulatedmove (
        organisation_id, simulation_id, contact_id, was_tier, tier, was_intent, intent, fit
    )
    SELECT %(organisation_id)s, %(simulation_id)s, f.contact_id, f.was_tier, f.tier, f.was_intent, f.intent, f.fit
    FROM fresh f
    WHERE f.was_tier <> f.tier
)
SELECT f.was_tier,
       f.tier,
       least(greatest(floor(f.was_intent / %(width)s::float8), 0), %(last)s)::int AS was_bar,
       least(greatest(floor(f.intent / %(width)s::float8), 0), %(last)s)::int AS bar,
       coalesce(f.was_tier = 2 AND f.was_fit >= %(was_minimum_fit)s AND c.id IS NOT NULL, false) AS was_ready,
       coalesce(f.tier = 2 AND f.fit >= %(minimum_fit)s AND c.id IS NOT NULL, false) AS ready,
       count(*)
FROM fresh f
LEFT JOIN contacts_contact c
       ON (f.was_tier = 2 OR f.tier = 2)
      AND c.organisation_id = %(organisation_id)s
      AND c.id = f.contact_id
      AND c.stage IN ('prospect', 'mql')
      AND NOT EXISTS (
          SELECT 1 FROM contacts_suppression x
          WHERE x.organisation_id = %(organisation_id)s AND x.contact_id = c.id
      )
GROUP BY 1, 2, 3, 4, 5, 6
