-- Purpose: suppress one contact and one address for a reason; either may be missing. Changes nothing that is there.
-- Parameters: organisation_id, contact_id (may be null), email, address_key ("" where there is none), reason, source.
-- Returns: row count above 0 when something was new.
-- Relies on: contacts_suppression_contact, contacts_suppression_address (both unique).
-- Cost: two or three index lookups. Where one of the two is known already, the other gets a row of its own.
WITH given AS (
    SELECT %(contact_id)s::bigint AS contact_id, %(address_key)s::text AS address_key
), known AS (
    SELECT
        EXISTS (SELECT 1 FROM contacts_suppression s, given g WHERE s.organisation_id = %(organisation_id)s
                AND s.contact_id = g.contact_id AND s.reason = %(reason)s) AS by_contact,
        EXISTS (SELECT 1 FROM contacts_suppression s, given g WHERE s.organisation_id = %(organisation_id)s
                AND g.address_key <> '' AND s.address_key = g.address_key AND s.reason = %(reason)s) AS by_address
)
INSERT INTO contacts_suppression (organisation_id, contact_id, email, address_key, reason, source)
SELECT
    %(organisation_id)s,
    CASE WHEN NOT k.by_contact THEN g.contact_id END,
    CASE WHEN NOT k.by_address THEN %(email)s ELSE '' END,
    CASE WHEN NOT k.by_address THEN g.address_key ELSE '' END,
    %(reason)s,
    %(source)s
FROM known k, given g
WHERE (g.contact_id IS NOT NULL AND NOT k.by_contact) OR (g.address_key <> '' AND NOT k.by_address)
ON CONFLICT DO NOTHING
