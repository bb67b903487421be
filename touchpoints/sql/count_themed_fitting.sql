-- Purpose: what a rule of a theme would take of the latest interactions, while it is being written.
-- Parameters: organisation_id, latest (how many are looked at, from the end of the log), patterns (jsonb, '{}' for
--   none), touchpoint_id (or null).
-- Columns: how many were looked at, how many fit, how many of those have a theme already, people among them.
-- Relies on: touchpoints_interaction_log (backwards), interests_act_once.
-- Cost: `latest` rows of the log, and the facts of each different address: 0.1 s for 20,000.
WITH lately AS MATERIALIZED (
    SELECT i.id, i.contact_id, i.visitor_id, i.touchpoint_id, i.kind, i.verdict, i.properties,
        concat_ws(' ', i.properties ->> 'url', '|', i.properties ->> 'host', '|', i.properties ->> 'path') AS address
    FROM touchpoints_interaction i
    WHERE i.organisation_id = %(organisation_id)s
    ORDER BY i.transaction_id DESC, i.id DESC
    LIMIT %(latest)s
),
acts AS MATERIALIZED (
    SELECT l.* FROM lately l WHERE l.verdict = 'human' AND interests_points(l.kind, l.properties) > 0
),
addresses AS MATERIALIZED (
    SELECT d.address, touchpoints_facts(d.properties) AS facts
    FROM (
        SELECT DISTINCT ON (a.address) a.address, a.properties FROM acts a
        WHERE a.address <> '| |' AND %(touchpoint_id)s::bigint IS NULL
    ) d
),
fitting AS MATERIALIZED (
    SELECT a.* FROM acts a
    WHERE a.touchpoint_id = %(touchpoint_id)s::bigint
       OR a.address IN (
           SELECT d.address FROM addresses d
           WHERE %(patterns)s::jsonb <> '{}' AND touchpoints_fits(%(patterns)s::jsonb, d.facts, '{}')
       )
)
SELECT (SELECT count(*) FROM acts), count(*),
    count(*) FILTER (WHERE EXISTS (
        SELECT FROM interests_themedact t
        WHERE t.organisation_id = %(organisation_id)s AND t.interaction_id = f.id
    )),
    count(DISTINCT coalesce(f.contact_id::text, f.visitor_id::text))
FROM fitting f
