-- Purpose: take back the handoffs nobody has claimed of people who are not hot any more, because what they did turned
--   out to count for nothing.
-- Parameters: organisation_id, contact_ids, now.
-- Returns: contact_id of those withdrawn.
-- Relies on: scoring_handoff_one_open, primary key of contacts_standing.
-- Cost: one lookup a contact.
UPDATE scoring_handoff h
SET status = 'withdrawn', answered_at = %(now)s
FROM contacts_standing s
WHERE h.organisation_id = %(organisation_id)s
  AND h.contact_id = ANY (%(contact_ids)s::bigint[])
  AND h.status = 'waiting'
  AND s.organisation_id = h.organisation_id
  AND s.contact_id = h.contact_id
  AND s.tier < 2
RETURNING h.contact_id
