-- Purpose: the ids of contacts just created, for the rows that suppress somebody or whose address may be suppressed.
-- Parameters: organisation_id.
-- Relies on: contacts_contact_external_id, contacts_contact_email.
-- Cost: one index lookup for each such row.
UPDATE contacts_import_row AS r
SET contact_id = CASE
    WHEN r.external_id IS NOT NULL THEN (
        SELECT c.id FROM contacts_contact c
        WHERE c.organisation_id = %(organisation_id)s AND c.external_id = r.external_id
    )
    ELSE (SELECT c.id FROM contacts_contact c WHERE c.organisation_id = %(organisation_id)s AND c.email = r.email)
END
WHERE r.action = 'create' AND (r.opted_out OR r.address_reasons IS NOT NULL)
