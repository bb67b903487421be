-- Purpose: how many rows of a chunk are about somebody who is not to be written to, or say so themselves.
-- Parameters: organisation_id.
-- Returns: one count.
-- Relies on: contacts_suppression_contact, contacts_suppression_address (both unique).
-- Cost: two index lookups a row.
SELECT count(*)
FROM contacts_import_row r
WHERE r.action IS NOT NULL AND (
    r.opted_out
    OR EXISTS (SELECT 1 FROM contacts_suppression s
               WHERE s.organisation_id = %(organisation_id)s AND s.contact_id = r.contact_id)
    OR EXISTS (SELECT 1 FROM contacts_suppression s
               WHERE s.organisation_id = %(organisation_id)s AND s.address_key = r.address_key AND s.address_key <> '')
)
