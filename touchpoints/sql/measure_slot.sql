-- Purpose: how many of those who saw a variant of a slot's version did what it is there for, beside those who would have
--   seen it but are the control group. Everybody counts once, with the first they saw.
-- Parameters: organisation_id, key, version, since, window_days; goal_kind and goal_form (null: any) of an act, or
--   stages (null: an act). Only people's acts.
-- Columns: variant, control, people, converted, nameless (seen by nobody who can be told from others).
-- Relies on: touchpoints_interaction_kind; contacts_stagechange_to.
-- Cost: the exposures of the version and the acts of the goal since its publication.
WITH shown AS MATERIALIZED (
    SELECT COALESCE('c' || i.contact_id, 'v' || i.visitor_id) AS who, i.occurred_at AS at,
        i.properties ->> 'variant' AS variant, (i.properties ->> 'control') = 'true' AS control
    FROM touchpoints_interaction i
    WHERE i.organisation_id = %(organisation_id)s AND i.kind = 'slot_shown' AND i.verdict = 'human'
      AND i.occurred_at >= %(since)s
      AND i.properties ->> 'slot' = %(key)s AND i.properties ->> 'version' = %(version)s::text
), first AS MATERIALIZED (
    SELECT DISTINCT ON (who) who, at, variant, control FROM shown WHERE who IS NOT NULL ORDER BY who, at
), reached AS MATERIALIZED (
    SELECT COALESCE('c' || g.contact_id, 'v' || g.visitor_id) AS who, g.occurred_at AS at
    FROM touchpoints_interaction g
    WHERE %(stages)s::text[] IS NULL
      AND g.organisation_id = %(organisation_id)s AND g.kind = %(goal_kind)s AND g.verdict = 'human'
      AND g.occurred_at >= %(since)s
      AND (%(goal_form)s::text IS NULL OR g.properties ->> 'form' = %(goal_form)s)
    UNION ALL
    SELECT 'c' || l.contact_id, l.at
    FROM contacts_stagechange l
    WHERE l.organisation_id = %(organisation_id)s AND l.to_stage = ANY (%(stages)s::text[]) AND l.at >= %(since)s
), converted AS (
    SELECT DISTINCT f.who
    FROM first f JOIN reached r ON r.who = f.who
    WHERE r.at > f.at AND r.at <= f.at + %(window_days)s * interval '24 hours'
)
SELECT f.variant, f.control, count(*), count(d.who), 0
FROM first f LEFT JOIN converted d ON d.who = f.who
GROUP BY 1, 2
UNION ALL
SELECT s.variant, s.control, 0, 0, count(*) FROM shown s WHERE s.who IS NULL GROUP BY 1, 2
