-- Purpose: how many of the latest human interactions a rule would fit, and how many of those have no touchpoint yet.
-- Parameters: organisation_id, latest, kinds, patterns (as a rule has them).
-- Columns: looked at, fitting, fitting without a touchpoint, contacts of those that fit.
-- Relies on: touchpoints_interaction_log (backwards), touchpoints_fits, touchpoints_facts.
-- Cost: `latest` rows of the log: 0.4 s for 20,000 of the kinds asked for.
SELECT count(*), count(*) FILTER (WHERE fits), count(*) FILTER (WHERE fits AND touchpoint_id IS NULL),
    count(DISTINCT contact_id) FILTER (WHERE fits)
FROM (
    SELECT i.contact_id, i.touchpoint_id,
        (cardinality(%(kinds)s::text[]) = 0 OR i.kind = ANY (%(kinds)s::text[]))
            AND touchpoints_fits(%(patterns)s::jsonb, touchpoints_facts(i.properties), i.properties) AS fits
    FROM (
        SELECT l.contact_id, l.touchpoint_id, l.kind, l.verdict, l.properties
        FROM touchpoints_interaction l
        WHERE l.organisation_id = %(organisation_id)s
        ORDER BY l.transaction_id DESC, l.id DESC
        LIMIT %(latest)s
    ) AS i
    WHERE i.verdict = 'human'
) AS each_one
