-- Purpose: contacts that just got an address which is suppressed are suppressed themselves, for the same reasons.
-- Parameters: organisation_id, contact_ids bigint[], address_keys text[].
-- Returns: row count: suppressions that now name a contact.
-- Relies on: contacts_suppression_address, contacts_suppression_contact (both unique).
-- Cost: one index lookup a contact.
INSERT INTO contacts_suppression (organisation_id, contact_id, email, address_key, reason, source, at)
SELECT s.organisation_id, v.contact_id, '', '', s.reason, s.source, s.at
FROM unnest(%(contact_ids)s::bigint[], %(address_keys)s::text[]) AS v (contact_id, address_key)
JOIN contacts_suppression s
    ON s.organisation_id = %(organisation_id)s AND s.address_key = v.address_key AND s.address_key <> ''
WHERE s.contact_id IS DISTINCT FROM v.contact_id
ON CONFLICT DO NOTHING
