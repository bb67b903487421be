-- Purpose: take the contacts that changed off the list of those to look at, oldest first.
-- Parameters: organisation_id, most.
-- Returns: contact_id, null where conditions have to be read again; one row a note, so a contact may come twice.
-- Relies on: segments_touchedcontact_key. Whoever runs it holds the organisation's lock (contacts/segments/keeping.py).
-- Cost: follows what is taken. What other transactions have noted but not committed stays for the next time.
DELETE FROM segments_touchedcontact t
USING (
    SELECT id FROM segments_touchedcontact WHERE organisation_id = %(organisation_id)s ORDER BY id LIMIT %(most)s
) n
WHERE t.organisation_id = %(organisation_id)s AND t.id = n.id
RETURNING t.contact_id
