-- Purpose: note on each row why its address, and the contact found for it, may not be written to.
-- Parameters: organisation_id.
-- Relies on: nothing; the organisation's suppressions are read once and hashed (the caller switches nested loops off,
--   since for a young organisation the planner takes them for a handful).
-- Cost: one pass over the chunk and one over the organisation's suppressions.
WITH suppressed AS MATERIALIZED (
    SELECT s.address_key, s.contact_id, s.reason::text AS reason
    FROM contacts_suppression s
    WHERE s.organisation_id = %(organisation_id)s
), by_address AS (
    SELECT s.address_key, array_agg(s.reason) AS reasons FROM suppressed s WHERE s.address_key <> '' GROUP BY 1
), by_contact AS (
    SELECT s.contact_id, array_agg(s.reason) AS reasons FROM suppressed s WHERE s.contact_id IS NOT NULL GROUP BY 1
)
UPDATE contacts_import_row AS r
SET address_reasons = f.address_reasons, contact_reasons = f.contact_reasons
FROM (
    SELECT i.line, a.reasons AS address_reasons, c.reasons AS contact_reasons
    FROM contacts_import_row i
    LEFT JOIN by_address a ON a.address_key = i.address_key
    LEFT JOIN by_contact c ON c.contact_id = i.contact_id
    WHERE a.reasons IS NOT NULL OR c.reasons IS NOT NULL
) AS f
WHERE r.line = f.line
