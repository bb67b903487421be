-- Purpose: take what is to be worked out anew off its list, in the transaction that does it.
-- Parameters: organisation_id, most.
-- Columns: interaction_id, person_id (a contact); one of them null.
-- Relies on: interests_reconsidered_key.
-- Cost: `most` rows.
DELETE FROM interests_reconsidered r
WHERE r.organisation_id = %(organisation_id)s
  AND r.id IN (
      SELECT n.id FROM interests_reconsidered n
      WHERE n.organisation_id = %(organisation_id)s ORDER BY n.id LIMIT %(most)s
  )
RETURNING r.interaction_id, r.person_id
