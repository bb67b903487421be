-- Purpose: whoever was said not to be the same as a merged contact is not the same as the survivor.
-- Parameters: organisation_id, survivor_id, merged_ids bigint[].
-- Relies on: doubles_pair_once (unique), doubles_pair_high.
-- Cost: follows the verdicts about the merged contacts.
INSERT INTO doubles_pair
    (organisation_id, low_id, high_id, score, reasons, status, decided_at, decided_by_id)
SELECT DISTINCT ON (1, 2, 3)
    p.organisation_id, least(o.other, %(survivor_id)s), greatest(o.other, %(survivor_id)s),
    p.score, p.reasons, p.status, p.decided_at, p.decided_by_id
FROM doubles_pair p
CROSS JOIN LATERAL (
    SELECT CASE WHEN p.low_id = ANY (%(merged_ids)s::bigint[]) THEN p.high_id ELSE p.low_id END AS other
) o
WHERE p.organisation_id = %(organisation_id)s AND p.status = 'distinct'
    AND (p.low_id = ANY (%(merged_ids)s::bigint[]) OR p.high_id = ANY (%(merged_ids)s::bigint[]))
    AND o.other <> %(survivor_id)s AND NOT o.other = ANY (%(merged_ids)s::bigint[])
ON CONFLICT (organisation_id, low_id, high_id) DO UPDATE
SET status = 'distinct', decided_at = excluded.decided_at, decided_by_id = excluded.decided_by_id
