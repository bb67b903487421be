-- Purpose: say of some interactions which themes they are of and what they weigh, in place of what was said before.
-- Parameters: organisation_id, and those of <which>.
-- Parts: <which>, a condition on touchpoints_interaction i; <sources>, more rows (id, theme_id) that other rooms know of
--   the interactions in `acts`, each behind a UNION.
-- Columns: contacts whose acts these are, or were.
-- Way: an address is held against the rules once, however many acts it has; facts and patterns are those of
--   recognition, and only those whose page begins as it does are looked at closely. Rows of the batch are found by an
--   array of its ids: joined, the planner reads the whole table. Only what a human did on purpose has a theme.
-- Relies on: interests_act_once, interests_rule_theme.
-- Cost: the interactions and one comparison for each different address and rule: 0.1 s for a batch of 1,000 with 400 addresses and 32 rules.
WITH given AS MATERIALIZED (
    SELECT i.id, i.contact_id, i.visitor_id, i.touchpoint_id, i.occurred_at, i.properties,
        CASE WHEN i.verdict = 'human' AND (i.contact_id IS NOT NULL OR i.visitor_id IS NOT NULL)
            THEN interests_points(i.kind, i.properties) ELSE 0 END AS points,
        concat_ws(' ', i.properties ->> 'url', '|', i.properties ->> 'host', '|', i.properties ->> 'path') AS address
    FROM touchpoints_interaction i
    WHERE {which}
),
acts AS MATERIALIZED (
    SELECT g.* FROM given g WHERE g.points > 0
),
addresses AS MATERIALIZED (
    SELECT d.address, touchpoints_facts(d.properties) AS facts
    FROM (SELECT DISTINCT ON (a.address) a.address, a.properties FROM acts a WHERE a.address <> '| |') d
),
themed AS MATERIALIZED (
    SELECT a.id, r.theme_id
    FROM addresses d
    JOIN interests_themerule r
      ON r.organisation_id = %(organisation_id)s
     AND r.patterns <> '{}'
     AND starts_with(d.facts ->> 'path', split_part(coalesce(lower(r.patterns ->> 'path'), ''), '*', 1))
     AND touchpoints_fits(r.patterns, d.facts, '{}')
    JOIN acts a ON a.address = d.address
    UNION
    SELECT a.id, r.theme_id
    FROM acts a
    JOIN interests_themerule r ON r.organisation_id = %(organisation_id)s AND r.touchpoint_id = a.touchpoint_id
    {sources}
),
gone AS (
    DELETE FROM interests_themedact t
    WHERE t.organisation_id = %(organisation_id)s
      AND t.interaction_id = ANY (ARRAY(SELECT g.id FROM given g))
      AND NOT EXISTS (SELECT FROM themed h WHERE h.id = t.interaction_id AND h.theme_id = t.theme_id)
    RETURNING t.contact_id
),
written AS (
    INSERT INTO interests_themedact
        (organisation_id, interaction_id, theme_id, contact_id, visitor_uid, occurred_at, points)
    SELECT %(organisation_id)s, a.id, h.theme_id, a.contact_id, a.visitor_id, a.occurred_at, a.points
    FROM themed h
    JOIN acts a ON a.id = h.id
    ORDER BY a.id, h.theme_id
    ON CONFLICT (organisation_id, interaction_id, theme_id) DO UPDATE
    SET contact_id = excluded.contact_id, visitor_uid = excluded.visitor_uid, points = excluded.points
    WHERE (interests_themedact.contact_id, interests_themedact.visitor_uid, interests_themedact.points)
        IS DISTINCT FROM (excluded.contact_id, excluded.visitor_uid, excluded.points)
    RETURNING contact_id
)
SELECT DISTINCT c.contact_id
FROM (SELECT w.contact_id FROM written w UNION ALL SELECT g.contact_id FROM gone g) c
WHERE c.contact_id IS NOT NULL
