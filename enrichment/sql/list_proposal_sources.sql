-- Purpose: which sources have proposals that wait.
-- Parameters: organisation_id.
-- Returns: source, in their order.
-- Relies on: proofs_proposal_by_source: from each source it jumps to the next, which DISTINCT does not.
-- Cost: one index look-up a source, however many proposals wait.
WITH RECURSIVE found AS (
    (SELECT p.source FROM proofs_proposal p
     WHERE p.organisation_id = %(organisation_id)s AND p.status = 'open'
     ORDER BY p.source LIMIT 1)
    UNION ALL
    SELECT (
        SELECT p.source FROM proofs_proposal p
        WHERE p.organisation_id = %(organisation_id)s AND p.status = 'open' AND p.source > f.source
        ORDER BY p.source LIMIT 1)
    FROM found f
    WHERE f.source IS NOT NULL
)
SELECT f.source FROM found f WHERE f.source IS NOT NULL ORDER BY f.source
