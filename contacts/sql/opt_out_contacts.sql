-- Purpose: opt many contacts out at once, with their addresses. Changes nothing that is there.
-- Parameters: organisation_id, contact_ids bigint[], emails text[], address_keys text[] ("" where none), source.
-- Returns: row count: contacts that were not opted out before.
-- Relies on: contacts_suppression_contact, contacts_suppression_address (both unique).
-- Cost: two index lookups a contact. An address known already leaves its row alone; the contact gets one of its own.
INSERT INTO contacts_suppression (organisation_id, contact_id, email, address_key, reason, source)
SELECT
    %(organisation_id)s,
    v.contact_id,
    CASE WHEN a.id IS NULL THEN v.email ELSE '' END,
    CASE WHEN a.id IS NULL THEN v.address_key ELSE '' END,
    'opt_out',
    %(source)s
FROM unnest(%(contact_ids)s::bigint[], %(emails)s::text[], %(address_keys)s::text[]) AS v (contact_id, email, address_key)
LEFT JOIN contacts_suppression a
    ON a.organisation_id = %(organisation_id)s AND a.address_key = v.address_key AND a.reason = 'opt_out'
    AND v.address_key <> ''
ON CONFLICT DO NOTHING
