-- Purpose: the funnel from suspect to customer: how many are in each stage, how many ever came that far, and the median
--   time from first reaching a stage to first reaching the next. Who was erased is in no stage, and came as far as before.
-- Parameters: organisation_id.
-- Returns: stage, stock, reached, median_seconds (to the next stage; null where nobody went on).
-- Relies on: contacts_contact_stage; contacts_stagechange_to; contacts_stagechange_contact.
-- Cost: one count of the contacts by index, and the ledger of those who moved; suspects who never moved cost nothing more.
--   Each part is worked out once: before a young base has statistics, PostgreSQL would work `began` out for everybody who moved.
WITH ranks (rank, stage) AS (
    VALUES (0, 'suspect'), (1, 'prospect'), (2, 'mql'), (3, 'accepted'), (4, 'customer')
), stock AS (
    SELECT c.stage, count(*) AS n FROM contacts_contact c WHERE c.organisation_id = %(organisation_id)s GROUP BY 1
), moved AS (
    SELECT s.contact_id,
           min(s.at) FILTER (WHERE s.to_stage = 'prospect') AS prospect_at,
           min(s.at) FILTER (WHERE s.to_stage = 'mql') AS mql_at,
           min(s.at) FILTER (WHERE s.to_stage = 'accepted') AS accepted_at,
           min(s.at) FILTER (WHERE s.to_stage = 'customer') AS customer_at
    FROM contacts_stagechange s
    WHERE s.organisation_id = %(organisation_id)s AND s.to_stage IN ('prospect', 'mql', 'accepted', 'customer')
    GROUP BY 1
), began AS MATERIALIZED (
    SELECT s.contact_id, min(s.at) AS suspect_at
    FROM contacts_stagechange s
    JOIN moved m ON m.contact_id = s.contact_id
    WHERE s.organisation_id = %(organisation_id)s AND s.to_stage = 'suspect'
    GROUP BY 1
), furthest AS MATERIALIZED (
    SELECT f.contact_id, max(f.rank) AS rank
    FROM (
        SELECT m.contact_id,
               CASE WHEN m.customer_at IS NOT NULL THEN 4 WHEN m.accepted_at IS NOT NULL THEN 3
                    WHEN m.mql_at IS NOT NULL THEN 2 ELSE 1 END AS rank
        FROM moved m
        UNION ALL
        -- Whoever was put there without a trace in the ledger.
        SELECT c.id, r.rank
        FROM contacts_contact c
        JOIN ranks r ON r.stage = c.stage AND r.rank > 0
        WHERE c.organisation_id = %(organisation_id)s
        UNION ALL
        -- Whoever was erased came as far as they were.
        SELECT s.contact_id, r.rank
        FROM contacts_stagechange s
        JOIN ranks r ON r.stage = s.from_stage AND r.rank > 0
        WHERE s.organisation_id = %(organisation_id)s AND s.to_stage = ''
    ) f
    GROUP BY 1
), times AS (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM m.prospect_at - b.suspect_at)::float8)
               FILTER (WHERE m.prospect_at >= b.suspect_at) AS suspect,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM m.mql_at - m.prospect_at)::float8)
               FILTER (WHERE m.mql_at >= m.prospect_at) AS prospect,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM m.accepted_at - m.mql_at)::float8)
               FILTER (WHERE m.accepted_at >= m.mql_at) AS mql,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM m.customer_at - m.accepted_at)::float8)
               FILTER (WHERE m.customer_at >= m.accepted_at) AS accepted
    FROM moved m
    LEFT JOIN began b ON b.contact_id = m.contact_id
)
SELECT r.stage,
       coalesce(stock.n, 0) AS stock,
       CASE WHEN r.rank = 0 THEN (SELECT coalesce(sum(n), 0) FROM stock)
            ELSE (SELECT count(*) FROM furthest f WHERE f.rank >= r.rank) END::bigint AS reached,
       CASE r.rank WHEN 0 THEN times.suspect WHEN 1 THEN times.prospect WHEN 2 THEN times.mql
            WHEN 3 THEN times.accepted END AS median_seconds
FROM ranks r
CROSS JOIN times
LEFT JOIN stock ON stock.stage = r.stage
ORDER BY r.rank
