-- Purpose: the activation rate at several moments: of the people who were prospects then (prospect, MQL or accepted: in
--   relation, not yet customers), how many had done an activating act in the days before. Human acts; opens never count.
-- Parameters: organisation_id, ends (timestamptz[], ascending), days.
-- Returns: n (1 is the first of ends), prospects, active.
-- Relies on: touchpoints_interaction_kind (organisation, kind, occurred_at); contacts_contact_stage;
--   contacts_stagechange_to (organisation, to_stage, at).
-- Cost: the activating acts and the changes of stage of the whole span and today's prospects, each read once. Nothing is
--   multiplied by the moments: what holds from one moment to another is a range [first_n, last_n], and ranges are counted
--   by where they begin and end. A moment sees what came before it: width_bucket gives the last moment at or before a time.
WITH span AS (
    SELECT %(ends)s::timestamptz[] AS ends,
           (%(ends)s::timestamptz[])[1] AS first_end,
           (%(ends)s::timestamptz[])[cardinality(%(ends)s::timestamptz[])] AS last_end,
           cardinality(%(ends)s::timestamptz[]) AS moments,
           make_interval(days => %(days)s) AS period
), changes AS (
    SELECT s.contact_id,
           s.from_stage IN ('prospect', 'mql', 'accepted') AS was_in,
           width_bucket(lag(s.at) OVER (PARTITION BY s.contact_id ORDER BY s.at, s.id), span.ends) AS since_n,
           width_bucket(s.at, span.ends) AS until_n
    FROM contacts_stagechange s
    CROSS JOIN span
    WHERE s.organisation_id = %(organisation_id)s AND s.at >= (SELECT first_end FROM span)
), spells AS (
    -- While in relation: before each change that left it, and since the last change for those in it today.
    SELECT c.contact_id, coalesce(c.since_n, 0) + 1 AS first_n, c.until_n AS last_n
    FROM changes c
    WHERE c.was_in
    UNION ALL
    SELECT p.id, coalesce(l.last_n, 0) + 1, span.moments
    FROM contacts_contact p
    CROSS JOIN span
    LEFT JOIN (SELECT contact_id, max(until_n) AS last_n FROM changes GROUP BY 1) l ON l.contact_id = p.id
    WHERE p.organisation_id = %(organisation_id)s AND p.stage IN ('prospect', 'mql', 'accepted')
), last_acts AS (
    -- Of the acts between two moments, only a person's last one matters.
    SELECT i.contact_id, width_bucket(i.occurred_at, span.ends) AS n, max(i.occurred_at) AS at
    FROM touchpoints_interaction i
    CROSS JOIN span
    WHERE i.organisation_id = %(organisation_id)s
      AND i.kind = ANY (ARRAY(
          SELECT k.code
          FROM touchpoints_interactionkind k
          WHERE k.organisation_id = %(organisation_id)s
            AND k.activates
            AND k.code NOT IN ('email_delivered', 'email_opened', 'email_bounced')
      ))
      AND i.occurred_at >= span.first_end - span.period
      AND i.occurred_at < span.last_end
      AND i.verdict = 'human'
      AND i.contact_id IS NOT NULL
    GROUP BY 1, 2
), active AS (
    -- From the next moment on, until the act is too old or a later one takes over.
    SELECT a.contact_id,
           a.n + 1 AS first_n,
           least(
               width_bucket(a.at + span.period, span.ends),
               lead(a.n) OVER (PARTITION BY a.contact_id ORDER BY a.n)
           ) AS last_n
    FROM last_acts a
    CROSS JOIN span
), edges AS (
    SELECT s.first_n AS n, count(*) AS prospects, 0::bigint AS active FROM spells s WHERE s.first_n <= s.last_n GROUP BY 1
    UNION ALL
    SELECT s.last_n + 1, -count(*), 0 FROM spells s WHERE s.first_n <= s.last_n GROUP BY 1
    UNION ALL
    SELECT edge.n, 0, sum(edge.step)::bigint
    FROM active a
    JOIN spells s ON s.contact_id = a.contact_id AND s.first_n <= a.last_n AND s.last_n >= a.first_n
    CROSS JOIN LATERAL (
        VALUES (greatest(a.first_n, s.first_n), 1), (least(a.last_n, s.last_n) + 1, -1)
    ) AS edge (n, step)
    WHERE a.first_n <= a.last_n AND s.first_n <= s.last_n
    GROUP BY 1
)
SELECT m.n,
       (sum(coalesce(sum(e.prospects), 0)) OVER (ORDER BY m.n))::bigint,
       (sum(coalesce(sum(e.active), 0)) OVER (ORDER BY m.n))::bigint
FROM span
CROSS JOIN LATERAL generate_series(1, span.moments) AS m (n)
LEFT JOIN edges e ON e.n = m.n
GROUP BY m.n
ORDER BY m.n
