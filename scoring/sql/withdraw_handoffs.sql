-- Purpose: take back open handoffs of people who may no longer be called: suppressed before anybody claimed them,
--   or no longer an MQL because a person moved them.
-- Parameters: organisation_id, now; <chosen> narrows h.contact_id.
-- Returns: contact_id of those withdrawn.
-- Relies on: scoring_handoff_one_open, contacts_suppression_contact, primary key of contacts_contact.
-- Cost: one lookup an open handoff among those chosen.
WITH over AS (
    SELECT h.id
    FROM scoring_handoff h
    JOIN contacts_contact c ON c.organisation_id = h.organisation_id AND c.id = h.contact_id
    WHERE h.organisation_id = %(organisation_id)s
      AND {chosen}
      AND h.status IN ('waiting', 'claimed')
      AND (c.stage <> 'mql'
           OR h.status = 'waiting' AND EXISTS (
               SELECT 1 FROM contacts_suppression x
               WHERE x.organisation_id = %(organisation_id)s AND x.contact_id = h.contact_id
           ))
    ORDER BY h.id
    FOR UPDATE OF h
)
UPDATE scoring_handoff h
SET status = 'withdrawn', answered_at = %(now)s
FROM over
WHERE h.organisation_id = %(organisation_id)s AND h.id = over.id AND h.status IN ('waiting', 'claimed')
RETURNING h.contact_id
