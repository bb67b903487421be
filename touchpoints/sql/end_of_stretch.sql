-- Purpose: find where a stretch of the log ends that begins behind a position.
-- Parameters: organisation_id, after_transaction, after_id, most (its length).
-- Columns: transaction and id of its last interaction, how many it has. No row behind the end of the log.
-- Relies on: touchpoints_interaction_log.
-- Cost: `most` entries of the index.
SELECT s.transaction_id, s.id, s.number
FROM (
    SELECT i.transaction_id, i.id, row_number() OVER (ORDER BY i.transaction_id, i.id) AS number
    FROM touchpoints_interaction i
    WHERE i.organisation_id = %(organisation_id)s
      AND (i.transaction_id, i.id) > (%(after_transaction)s, %(after_id)s)
    ORDER BY i.transaction_id, i.id
    LIMIT %(most)s
) s
ORDER BY s.number DESC
LIMIT 1
