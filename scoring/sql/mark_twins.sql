-- Purpose: write what people did as bits, on the rows that have none yet.
-- Parameters: organisation_id, no_bits (no bit at all).
-- Relies on: twins_twintrait_token.
-- Cost: one update a row whose bits changed.
UPDATE twins_twinrow r
SET bits = m.bits
FROM (
    SELECT k.id, coalesce(bit_or(t.mask), %(no_bits)s::bit(512)) AS bits
    FROM twins_twinrow k
    LEFT JOIN LATERAL unnest(k.acts) AS a (token) ON true
    LEFT JOIN twins_twintrait t
           ON t.organisation_id = %(organisation_id)s AND t.token = a.token AND t.mask IS NOT NULL
    WHERE k.organisation_id = %(organisation_id)s AND k.bits = %(no_bits)s::bit(512) AND k.acts <> '{}'
    GROUP BY k.id
) m
WHERE r.organisation_id = %(organisation_id)s AND r.id = m.id AND r.bits <> m.bits
