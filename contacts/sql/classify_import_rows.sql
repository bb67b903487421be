-- Purpose: say of each row that was not set aside whether it creates, changes or leaves a contact.
-- Parameters: organisation_id.
-- Relies on: primary key of contacts_contact, contacts_suppression_contact.
-- Cost: one index lookup a known contact. What the file does not say changes nothing; a source is only ever added.
UPDATE contacts_import_row AS r
SET action = judged.action
FROM (
    SELECT i.line,
           CASE
               WHEN i.contact_id IS NULL THEN 'create'
               WHEN (i.external_id IS NOT NULL AND i.external_id IS DISTINCT FROM c.external_id)
                   OR (i.email IS NOT NULL AND i.email IS DISTINCT FROM c.email)
                   OR (i.first_name <> '' AND i.first_name <> c.first_name)
                   OR (i.last_name <> '' AND i.last_name <> c.last_name)
                   OR (i.phone <> '' AND i.phone <> c.phone)
                   OR (i.job_title <> '' AND i.job_title <> c.job_title)
                   OR (i.language <> '' AND i.language <> c.language)
                   OR (i.source <> '' AND c.source = '')
                   OR ((i.company_key <> '' OR i.siren <> '' OR i.domain <> '')
                       AND (i.company_id IS NULL OR i.company_id IS DISTINCT FROM c.company_id))
                   OR NOT c.properties @> i.properties
                   OR (i.opted_out AND s.id IS NULL)
               THEN 'update'
               ELSE 'unchanged'
           END AS action
    FROM contacts_import_row i
    LEFT JOIN contacts_contact c ON c.organisation_id = %(organisation_id)s AND c.id = i.contact_id
    LEFT JOIN contacts_suppression s
        ON i.opted_out AND s.organisation_id = %(organisation_id)s AND s.contact_id = i.contact_id AND s.reason = 'opt_out'
    WHERE i.reason IS NULL
) AS judged
WHERE r.line = judged.line
