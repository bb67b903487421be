-- Purpose: how many questions are in each of some states, and how many proposals wait.
-- Parameters: organisation_id, statuses, most (proposals counted).
-- Returns: status, number; of the proposals as 'proposals'.
-- Relies on: enrichment_lookup_status, proofs_proposal_open.
-- Cost: the index of those questions, and at most `most` entries of the other.
SELECT l.status, count(*) FROM enrichment_lookup l
WHERE l.organisation_id = %(organisation_id)s AND l.status = ANY (%(statuses)s::text[])
GROUP BY 1
UNION ALL
SELECT 'proposals', count(*) FROM (
    SELECT 1 FROM proofs_proposal p WHERE p.organisation_id = %(organisation_id)s AND p.status = 'open' LIMIT %(most)s
) AS p
