-- Purpose: what acts of a theme weigh together, by person: the one way interests are worked out, for one visitor, for a
--   batch of contacts and for all.
-- Parameters: organisation_id, and those of <whose>.
-- Parts: <half_life>, days; <person>, the column that tells people apart; <whose>, a condition on interests_themedact a.
-- Columns: person, theme_id, level (as of the last act), as_of.
-- Relies on: interests_act_contact (no row of the table is read), interests_act_visitor.
-- Cost: the acts: 0.04 s for 1,000 contacts with forty each.
SELECT w.person, w.theme_id,
    round(sum(
        w.points * exp(-least(ln(2) * extract(epoch FROM w.as_of - w.occurred_at)::float8 / 86400
            / ({half_life})::float8, 600))
    )::numeric, 6)::float8 AS level,
    w.as_of
FROM (
    SELECT {person} AS person, a.theme_id, a.points, a.occurred_at,
        max(a.occurred_at) OVER (PARTITION BY {person}, a.theme_id) AS as_of
    FROM interests_themedact a
    WHERE a.organisation_id = %(organisation_id)s AND {whose}
) w
GROUP BY w.person, w.theme_id, w.as_of
