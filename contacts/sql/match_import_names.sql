-- Purpose: find the contact of each row by the SIREN of its company and its name, accents and case ignored; else the
--   contact of its address or external id that has this name and no company with a SIREN yet.
-- Parameters: organisation_id.
-- Relies on: contacts_contact_sort, contacts_contact_email, contacts_contact_external_id.
-- Cost: one to three index lookups a row.
UPDATE contacts_import_row AS r
SET key_contact_id = f.id
FROM (
    SELECT i.line, coalesce(
        (SELECT min(c.id) FROM contacts_contact c
         JOIN contacts_company o ON o.organisation_id = c.organisation_id AND o.id = c.company_id
         WHERE c.organisation_id = %(organisation_id)s AND o.siren = i.siren
           AND c.sort_name = contacts_sort_name(i.last_name, i.first_name, NULL, NULL)),
        (SELECT min(c.id) FROM contacts_contact c
         LEFT JOIN contacts_company o ON o.organisation_id = c.organisation_id AND o.id = c.company_id
         WHERE c.organisation_id = %(organisation_id)s AND (c.email = i.email OR c.external_id = i.external_id)
           AND o.siren IS NULL AND c.sort_name = contacts_sort_name(i.last_name, i.first_name, NULL, NULL))
    ) AS id
    FROM contacts_import_row i
) AS f
WHERE r.line = f.line AND f.id IS NOT NULL
