-- Purpose: what lately happened without a touchpoint, in groups a rule could be made of.
-- Parameters: organisation_id, latest (how many interactions are looked at, from the end of the log), most (groups).
-- Columns: kind, host, path, utm_campaign, form, scenario, how many, contacts, last time, how many looked at in all,
--   how many of them without a touchpoint, groups in all. One row of nulls where nothing is without.
-- Relies on: touchpoints_interaction_log (backwards), touchpoints_facts.
-- Cost: `latest` rows of the log: facts are read once for each different address, not for each act.
WITH lately AS MATERIALIZED (
    SELECT i.contact_id, i.touchpoint_id, i.kind, i.verdict, i.occurred_at, i.properties
    FROM touchpoints_interaction i
    WHERE i.organisation_id = %(organisation_id)s
    ORDER BY i.transaction_id DESC, i.id DESC
    LIMIT %(latest)s
),
acts AS MATERIALIZED (
    -- What a slot showed happened on a page, which has its own touchpoint.
    SELECT l.* FROM lately l WHERE l.verdict = 'human' AND l.kind <> 'slot_shown'
),
homeless AS MATERIALIZED (
    -- Only what the facts below are read from: what else an act says (seconds, say) would tell each from the next.
    SELECT a.kind, a.contact_id, a.occurred_at, jsonb_build_object(
        'url', a.properties -> 'url', 'host', a.properties -> 'host', 'path', a.properties -> 'path',
        'utm_campaign', a.properties -> 'utm_campaign', 'campaign', a.properties -> 'campaign',
        'form', a.properties -> 'form', 'scenario', a.properties -> 'scenario'
    ) AS said
    FROM acts a
    WHERE a.touchpoint_id IS NULL
),
sorts AS MATERIALIZED (
    SELECT s.said, touchpoints_facts(s.said) AS facts FROM (SELECT DISTINCT h.said FROM homeless h) AS s
),
groups AS (
    SELECT h.kind, s.facts ->> 'host' AS host, s.facts ->> 'path' AS path, s.facts ->> 'utm_campaign' AS utm_campaign,
        s.facts ->> 'form' AS form, s.facts ->> 'scenario' AS scenario,
        count(*) AS number, count(DISTINCT h.contact_id) AS contacts, max(h.occurred_at) AS last_at
    FROM homeless h
    JOIN sorts s ON s.said = h.said
    GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT g.kind, g.host, g.path, g.utm_campaign, g.form, g.scenario, g.number, g.contacts, g.last_at, t.acts, t.homeless, t.groups
FROM (
    SELECT (SELECT count(*) FROM acts) AS acts, (SELECT count(*) FROM homeless) AS homeless,
        (SELECT count(*) FROM groups) AS groups
) AS t
LEFT JOIN LATERAL (SELECT * FROM groups ORDER BY number DESC, kind, host, path LIMIT %(most)s) AS g ON true
ORDER BY g.number DESC NULLS LAST, g.kind, g.host, g.path
