-- Purpose: find the contact each row is about, by its key, else by its other key; set aside rows whose other key
--   belongs to somebody else.
-- Parameters: organisation_id, key_field ("external_id", "email", "": the first of the two the row has; else the
--   contact found by another key, in key_contact_id).
-- Relies on: contacts_contact_external_id, contacts_contact_email (both unique).
-- Cost: two index lookups a row, whatever the base holds: LIMIT keeps them from becoming a join that reads all of it.
WITH found AS (
    SELECT r.line, x.id AS by_external_id, x.email AS x_email, e.id AS by_email, e.external_id AS e_external_id,
           r.external_id, r.key_contact_id
    FROM contacts_import_row r
    LEFT JOIN LATERAL (
        SELECT c.id, c.email FROM contacts_contact c
        WHERE c.organisation_id = %(organisation_id)s AND c.external_id = r.external_id
        LIMIT 1
    ) AS x ON true
    LEFT JOIN LATERAL (
        SELECT c.id, c.external_id FROM contacts_contact c
        WHERE c.organisation_id = %(organisation_id)s AND c.email = r.email
        LIMIT 1
    ) AS e ON true
), decided AS (
    SELECT f.line, f.by_external_id, f.by_email,
           CASE
               WHEN %(key_field)s NOT IN ('', 'email', 'external_id') THEN f.key_contact_id
               WHEN %(key_field)s = 'email' THEN coalesce(f.by_email, CASE WHEN f.x_email IS NULL THEN f.by_external_id END)
               WHEN f.by_external_id IS NOT NULL THEN f.by_external_id
               WHEN f.external_id IS NULL OR f.e_external_id IS NULL THEN f.by_email
           END AS contact_id
    FROM found f
    WHERE f.by_email IS NOT NULL OR f.by_external_id IS NOT NULL OR f.key_contact_id IS NOT NULL
)
UPDATE contacts_import_row AS r
SET contact_id = d.contact_id,
    reason = CASE
        WHEN d.by_email IS NOT NULL AND d.by_email IS DISTINCT FROM d.contact_id THEN 'email_taken'
        WHEN d.by_external_id IS NOT NULL AND d.by_external_id IS DISTINCT FROM d.contact_id THEN 'external_id_taken'
    END
FROM decided d
WHERE r.line = d.line
