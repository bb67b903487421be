-- Purpose: how many of those who came to sales have each trait; what people did gets a bit the first time it is met.
-- Parameters: organisation_id, bits (how many there are).
-- Relies on: twins_twintrait_token; reads every row of the organisation.
-- Cost: about 0.3 s for 20,000 rows, by a worker, and only where rows were written.
WITH held AS (
    SELECT t.token, count(*) AS number, t.is_act
    FROM twins_twinrow r
    CROSS JOIN LATERAL (
        SELECT a.token, true FROM unnest(r.acts) AS a (token)
        UNION ALL
        SELECT v.token, false
        FROM (VALUES ('n:' || coalesce(nullif(r.naf_division, ''), nullif(r.naf_code, ''))), ('b:' || r.headcount),
                     ('p:' || nullif(r.department, '')), ('l:' || nullif(r.legal_form, '')),
                     ('f:' || nullif(r.function, '')), ('s:' || nullif(r.source, '')), ('e:' || r.entry_id)) v (token)
        WHERE v.token IS NOT NULL
        UNION ALL
        SELECT 'o:' || o.persona, false FROM unnest(r.personas) AS o (persona)
    ) t (token, is_act)
    WHERE r.organisation_id = %(organisation_id)s
    GROUP BY t.token, t.is_act
), used AS (
    SELECT count(t.mask) AS number FROM twins_twintrait t WHERE t.organisation_id = %(organisation_id)s
), placed AS (
    SELECT h.token, h.number, h.is_act, u.number + row_number() OVER (
               PARTITION BY h.is_act, t.token IS NULL ORDER BY h.number DESC, h.token) - 1 AS place
    FROM held h
    CROSS JOIN used u
    LEFT JOIN twins_twintrait t ON t.organisation_id = %(organisation_id)s AND t.token = h.token
)
INSERT INTO twins_twintrait (organisation_id, token, number, mask)
SELECT %(organisation_id)s, p.token, p.number,
       CASE WHEN p.is_act AND p.place < %(bits)s THEN B'1'::bit(512) >> p.place::int END
FROM placed p
ORDER BY p.token
ON CONFLICT (organisation_id, token) DO UPDATE SET number = EXCLUDED.number
WHERE twins_twintrait.number <> EXCLUDED.number
