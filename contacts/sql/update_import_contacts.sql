-- Purpose: write what the rows of a chunk say anew of known contacts; what a row does not say stays.
-- Parameters: organisation_id, provenance jsonb (noted for each value that changed).
-- Relies on: primary key of contacts_contact.
-- Cost: one write a changed contact; those that do not change are not touched.
UPDATE contacts_contact c
SET external_id = coalesce(r.external_id, c.external_id),
    email = coalesce(r.email, c.email),
    first_name = coalesce(nullif(r.first_name, ''), c.first_name),
    last_name = coalesce(nullif(r.last_name, ''), c.last_name),
    phone = coalesce(nullif(r.phone, ''), c.phone),
    job_title = coalesce(nullif(r.job_title, ''), c.job_title),
    language = coalesce(nullif(r.language, ''), c.language),
    source = coalesce(nullif(c.source, ''), r.source),
    company_id = CASE WHEN r.company_kept THEN c.company_id ELSE coalesce(r.company_id, c.company_id) END,
    properties = c.properties || r.properties,
    custom = c.custom || r.custom,
    provenance = c.provenance || (
        SELECT coalesce(jsonb_object_agg(changed.field, %(provenance)s::jsonb), '{}')
        FROM (VALUES
            ('external_id', r.external_id IS NOT NULL AND r.external_id IS DISTINCT FROM c.external_id),
            ('email', r.email IS NOT NULL AND r.email IS DISTINCT FROM c.email),
            ('first_name', r.first_name <> '' AND r.first_name <> c.first_name),
            ('last_name', r.last_name <> '' AND r.last_name <> c.last_name),
            ('phone', r.phone <> '' AND r.phone <> c.phone),
            ('job_title', r.job_title <> '' AND r.job_title <> c.job_title),
            ('company', r.company_id IS NOT NULL AND NOT r.company_kept AND r.company_id IS DISTINCT FROM c.company_id)
        ) AS changed (field, is_new)
        WHERE changed.is_new
    ) || (
        SELECT coalesce(jsonb_object_agg('custom.' || p.key, %(provenance)s::jsonb), '{}')
        FROM jsonb_each(r.custom) AS p
        WHERE c.custom -> p.key IS DISTINCT FROM p.value
    ),
    updated_at = now()
FROM contacts_import_row r
WHERE r.action = 'update' AND c.organisation_id = %(organisation_id)s AND c.id = r.contact_id
