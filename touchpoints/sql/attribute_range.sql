-- Purpose: what some places had to do with the conversions of some contacts. All of it adds up over contacts. Places
--   are touchpoints, or whatever else people pass on their way: contents they read.
-- Parameters: organisation_id, after_id, upto_id (contacts), since, upto (the period), goal (a stage), and those of
--   <acts>.
-- Parts: <acts>, a FROM item i of who (contact_id) passed which place (place_id) when (occurred_at, id), with its WHERE.
-- Columns: what, place, from (the one before), and six figures by what:
--   "people": how many passed any place, how many of them converted;
--   "place":  by place, who passed it, of them converted, parts by first, last, linear, position;
--   "step":   by pair, how often one came after the other (from null: at the beginning);
--   "end":    by place, how often a way ended there converted, how often not.
-- Way: a person's acts at places in the period, up to the conversion; the same one twice in a row is one
--   step. Whoever had converted before the period has no way.
-- Relies on: touchpoints_interaction_contact; contacts_stagechange_to.
-- Cost: the range's interactions, sorted once: 1.5 s for 50,000 contacts with ten each. Takes no transaction number.
WITH conversion AS MATERIALIZED (
    SELECT s.contact_id, min(s.at) AS at
    FROM contacts_stagechange s
    WHERE s.organisation_id = %(organisation_id)s
      AND s.contact_id > %(after_id)s AND s.contact_id <= %(upto_id)s
      AND s.to_stage = %(goal)s AND s.at < %(upto)s
    GROUP BY s.contact_id
),
touch AS (
    SELECT i.contact_id, i.place_id AS touchpoint_id, i.occurred_at, i.id, c.at IS NOT NULL AS is_converted,
        lag(i.place_id) OVER (PARTITION BY i.contact_id ORDER BY i.occurred_at, i.id) AS before
    FROM ({acts}) i
    LEFT JOIN conversion c ON c.contact_id = i.contact_id
    WHERE i.contact_id > %(after_id)s AND i.contact_id <= %(upto_id)s
      AND i.occurred_at >= %(since)s AND i.occurred_at < %(upto)s
      AND (c.at IS NULL OR (c.at >= %(since)s AND i.occurred_at <= c.at))
),
way AS MATERIALIZED (
    SELECT t.contact_id, t.touchpoint_id, t.before, t.is_converted,
        row_number() OVER (PARTITION BY t.contact_id ORDER BY t.occurred_at, t.id) AS place,
        count(*) OVER (PARTITION BY t.contact_id) AS length
    FROM touch t
    WHERE t.before IS DISTINCT FROM t.touchpoint_id
),
passed AS (
    SELECT w.contact_id, w.touchpoint_id, bool_or(w.is_converted) AS is_converted,
        count(*) FILTER (WHERE w.place = 1)::float8 AS first,
        count(*) FILTER (WHERE w.place = w.length)::float8 AS last,
        sum(1 / w.length::float8) AS linear,
        sum(CASE
            WHEN w.length = 1 THEN 1
            WHEN w.length = 2 THEN 0.5
            WHEN w.place IN (1, w.length) THEN 0.4
            ELSE 0.2 / (w.length - 2)::float8
        END) AS position
    FROM way w
    GROUP BY w.contact_id, w.touchpoint_id
)
SELECT 'place' AS what, p.touchpoint_id, NULL::bigint AS before, count(*)::float8,
    count(*) FILTER (WHERE p.is_converted)::float8,
    coalesce(sum(p.first) FILTER (WHERE p.is_converted), 0), coalesce(sum(p.last) FILTER (WHERE p.is_converted), 0),
    coalesce(sum(p.linear) FILTER (WHERE p.is_converted), 0),
    coalesce(sum(p.position) FILTER (WHERE p.is_converted), 0)
FROM passed p
GROUP BY p.touchpoint_id
UNION ALL
SELECT 'step', w.touchpoint_id, w.before, count(*)::float8, 0, 0, 0, 0, 0 FROM way w GROUP BY w.touchpoint_id, w.before
UNION ALL
SELECT 'end', w.touchpoint_id, NULL, count(*) FILTER (WHERE w.is_converted)::float8,
    count(*) FILTER (WHERE NOT w.is_converted)::float8, 0, 0, 0, 0
FROM way w WHERE w.place = w.length GROUP BY w.touchpoint_id
UNION ALL
SELECT 'people', NULL, NULL, count(*)::float8, count(*) FILTER (WHERE w.is_converted)::float8, 0, 0, 0, 0
FROM way w WHERE w.place = 1
