-- Purpose: what each behaviour rule gives each contact: the one query behind explaining one contact, rescoring
--   those of a batch, and rescoring all. Stands inside other statements as <contributions>.
-- Parameters: those of matches.sql, time_zone (of "once a day"), and rule_ids, rule_points, rule_caps (Infinity:
--   none). <matches> is matches.sql, <contacts> narrows i.contact_id.
-- Returns: contact_id, rule_id, points (decayed and capped), decayed (before the cap), raw (before both),
--   occurrences (a day's count as one where the rule says so), last_at.
-- Relies on: touchpoints_interaction_contact for few contacts; reads the log in sequence for many.
-- Cost: docs/decisions/0006-scoring-query.md. Of a day's occurrences the last one counts. A cap in points needs no
--   order of occurrences.
SELECT k.contact_id,
       (%(rule_ids)s::bigint[])[k.number] AS rule_id,
       greatest(least(k.weight * (%(rule_points)s::float8[])[k.number], (%(rule_caps)s::float8[])[k.number]),
                -(%(rule_caps)s::float8[])[k.number]) AS points,
       k.weight * (%(rule_points)s::float8[])[k.number] AS decayed,
       k.occurrences * (%(rule_points)s::float8[])[k.number] AS raw,
       k.occurrences,
       k.last_at
FROM (
    SELECT i.contact_id, r.number, sum(w.weight) AS weight, count(*) AS occurrences, max(i.occurred_at) AS last_at
    FROM {matches}
    WHERE NOT r.once AND {contacts}
    GROUP BY i.contact_id, r.number
    UNION ALL
    SELECT d.contact_id, d.number, sum(d.weight), count(*), max(d.last_at)
    FROM (
        SELECT i.contact_id, r.number, max(w.weight) AS weight, max(i.occurred_at) AS last_at
        FROM {matches}
        WHERE r.once AND {contacts}
        GROUP BY i.contact_id, r.number, (i.occurred_at AT TIME ZONE %(time_zone)s)::date
    ) d
    GROUP BY d.contact_id, d.number
) k
