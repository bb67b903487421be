-- Purpose: a fair sample of the people who did something themselves since a moment, always the same one.
-- Parameters: organisation_id, since, size.
-- Returns: contact_id, how many there are in all.
-- Relies on: contacts_standing_act.
-- Cost: one pass over those people: about 0.6 s where they are a million.
SELECT s.contact_id, count(*) OVER ()
FROM contacts_standing s
WHERE s.organisation_id = %(organisation_id)s AND s.last_act_at >= %(since)s
ORDER BY hashint8extended(s.contact_id, 0), s.contact_id
LIMIT %(size)s
