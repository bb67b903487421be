-- Purpose: set aside rows that get in each other's way within a chunk, people who were erased, and SIRENs with a wrong
--   check digit that no company has: a number that the register gave is never refused.
-- Parameters: organisation_id.
-- Relies on: primary key of contacts_contact, contacts_company_siren.
-- Cost: three sorts of the chunk.
WITH ranked AS (
    SELECT r.line, r.contact_id, r.email, r.external_id, r.siren, r.siren_unsure, 'erased' = ANY (r.address_reasons) AS is_erased,
           row_number() OVER (PARTITION BY r.contact_id ORDER BY r.line) AS of_contact,
           row_number() OVER (PARTITION BY r.email ORDER BY r.line) AS of_email,
           row_number() OVER (PARTITION BY r.external_id ORDER BY r.line) AS of_external_id
    FROM contacts_import_row r
    WHERE r.reason IS NULL
), judged AS (
    SELECT k.line,
           CASE
               WHEN k.siren_unsure AND NOT EXISTS (
                   SELECT 1 FROM contacts_company o
                   WHERE o.organisation_id = %(organisation_id)s AND o.siren = k.siren
               ) THEN 'bad_siren'
               WHEN k.contact_id IS NOT NULL AND k.of_contact > 1 THEN 'same_contact'
               WHEN k.email IS NOT NULL AND k.of_email > 1 THEN 'email_taken'
               WHEN k.external_id IS NOT NULL AND k.of_external_id > 1 THEN 'external_id_taken'
               WHEN k.is_erased AND (k.contact_id IS NULL OR k.email IS DISTINCT FROM (
                   SELECT c.email FROM contacts_contact c
                   WHERE c.organisation_id = %(organisation_id)s AND c.id = k.contact_id
               )) THEN 'erased'
           END AS reason
    FROM ranked k
)
UPDATE contacts_import_row AS r
SET reason = j.reason
FROM judged j
WHERE r.line = j.line AND j.reason IS NOT NULL
