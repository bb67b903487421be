-- Purpose: keep what the acts of some contacts weigh; what did not change is left as it is.
-- Parameters: those of weigh_interests.sql.
-- Parts: <weighed>, weigh_interests.sql for these contacts; <kept>, the same contacts as a condition on
--   interests_interest t.
-- Columns: how many interests changed or went.
-- Relies on: interests_interest_one.
-- Cost: that of weighing, and a write for each interest that changed: 0.1 s for 1,000 contacts.
WITH weighed AS MATERIALIZED ({weighed}),
gone AS (
    DELETE FROM interests_interest t
    WHERE t.organisation_id = %(organisation_id)s
      AND {kept}
      AND NOT EXISTS (SELECT FROM weighed w WHERE w.person = t.contact_id AND w.theme_id = t.theme_id)
    RETURNING 1
),
written AS (
    INSERT INTO interests_interest (organisation_id, contact_id, theme_id, level, as_of)
    SELECT %(organisation_id)s, w.person, w.theme_id, w.level, w.as_of
    FROM weighed w
    ORDER BY w.person, w.theme_id
    ON CONFLICT (organisation_id, contact_id, theme_id) DO UPDATE
    SET level = excluded.level, as_of = excluded.as_of
    WHERE (interests_interest.level, interests_interest.as_of) IS DISTINCT FROM (excluded.level, excluded.as_of)
    RETURNING 1
)
SELECT (SELECT count(*) FROM written) + (SELECT count(*) FROM gone)
