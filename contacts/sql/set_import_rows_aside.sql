-- Purpose: set aside rows that get in each other's way within a chunk, and people who were erased.
-- Parameters: organisation_id.
-- Relies on: contacts_suppression_address (unique).
-- Cost: three sorts of the chunk, one index lookup for a row with an address.
WITH ranked AS (
    SELECT r.line, r.address_key, r.contact_id,
           row_number() OVER (PARTITION BY r.contact_id ORDER BY r.line) AS of_contact,
           row_number() OVER (PARTITION BY r.email ORDER BY r.line) AS of_email, r.email,
           row_number() OVER (PARTITION BY r.external_id ORDER BY r.line) AS of_external_id, r.external_id
    FROM contacts_import_row r
    WHERE r.reason IS NULL
), judged AS (
    SELECT k.line,
           CASE
               WHEN k.contact_id IS NOT NULL AND k.of_contact > 1 THEN 'same_contact'
               WHEN k.email IS NOT NULL AND k.of_email > 1 THEN 'email_taken'
               WHEN k.external_id IS NOT NULL AND k.of_external_id > 1 THEN 'external_id_taken'
               WHEN s.id IS NOT NULL AND (k.contact_id IS NULL OR c.email IS DISTINCT FROM k.email) THEN 'erased'
           END AS reason
    FROM ranked k
    LEFT JOIN contacts_suppression s
        ON s.organisation_id = %(organisation_id)s AND s.address_key = k.address_key AND s.address_key <> ''
        AND s.reason = 'erased'
    LEFT JOIN contacts_contact c ON s.id IS NOT NULL AND c.organisation_id = %(organisation_id)s AND c.id = k.contact_id
)
UPDATE contacts_import_row AS r
SET reason = j.reason
FROM judged j
WHERE r.line = j.line AND j.reason IS NOT NULL
