-- Purpose: say of each row that was not set aside whether it creates, changes or leaves a contact.
-- Parameters: organisation_id.
-- Relies on: primary key of contacts_contact, tagging_tag_key_one, tagging_tagging_one.
-- Cost: one index lookup a known contact (LIMIT keeps it one). What the file does not say changes nothing; a source is only ever added.
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
                   OR (NOT i.company_kept AND (i.company_key <> '' OR i.siren <> '' OR i.domain <> '')
                       AND (i.company_id IS NULL OR i.company_id IS DISTINCT FROM c.company_id))
                   OR NOT c.properties @> i.properties
                   OR (i.tags <> '{}' AND EXISTS (
                       SELECT 1 FROM unnest(i.tags) AS n LEFT JOIN LATERAL (
                           SELECT g.id FROM tagging_tag t JOIN tagging_tagging g ON g.organisation_id = t.organisation_id
                           AND g.tag_id = coalesce(t.merged_into_id, t.id) AND g.contact_id = i.contact_id
                           WHERE t.organisation_id = %(organisation_id)s AND t.key = contacts_fold(n) LIMIT 1
                       ) AS borne ON true WHERE borne.id IS NULL))
                   OR c.custom || i.custom <> c.custom
                   OR i.company_custom <> '{}'
                   OR i.consents <> '{}'
                   OR (i.opted_out AND 'opt_out' <> ALL (coalesce(i.contact_reasons, '{}')))
               THEN 'update'
               ELSE 'unchanged'
           END AS action
    FROM contacts_import_row i
    LEFT JOIN LATERAL (
        SELECT k.* FROM contacts_contact k
        WHERE k.organisation_id = %(organisation_id)s AND k.id = i.contact_id
        LIMIT 1
    ) AS c ON true
    WHERE i.reason IS NULL
) AS judged
WHERE r.line = judged.line
