-- Purpose: take all that some visitors did from a contact they were taken for. It is nobody's afterwards.
-- Parameters: organisation_id, contact_id, visitors (uids).
-- Columns: id, contact_id (whose it was), whether it counted for them, whether it counts for them now (never).
-- Relies on: touchpoints_interaction_visitor.
-- Cost: the visitor's acts, as joining them.
UPDATE touchpoints_interaction i
SET contact_id = NULL
WHERE i.organisation_id = %(organisation_id)s
  AND i.visitor_id = ANY (%(visitors)s::uuid[])
  AND i.contact_id = %(contact_id)s
RETURNING i.id, old.contact_id, old.verdict = 'human', false
