-- Purpose: how intent is spread over the base, and how many contacts lie in each tier of given thresholds.
-- Parameters: organisation_id, width (points a bar spans), last (number of the last bar, which holds everything
--   beyond), warm_from, hot_from.
-- Returns: bar (0 is the first, which holds everything below), tier, contacts.
-- Relies on: nothing: reads every standing of the organisation.
-- Cost: one pass, about 0.15 s for a million contacts.
SELECT least(greatest(floor(s.intent / %(width)s::float8), 0), %(last)s)::int AS bar,
       CASE WHEN s.intent >= %(hot_from)s::float8 THEN 2 WHEN s.intent >= %(warm_from)s::float8 THEN 1 ELSE 0 END AS tier,
       count(*)
FROM contacts_standing s
WHERE s.organisation_id = %(organisation_id)s
GROUP BY 1, 2
