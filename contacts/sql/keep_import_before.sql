-- Purpose: keep what the rows of a chunk are about to change of known contacts, as it is and as it will be, so that the
--   import can be undone. Only the fields that change; a property stands under "properties.<name>", an own field's value
--   under "custom.<key>".
-- Parameters: organisation_id, import_id.
-- Relies on: primary key of contacts_contact, contacts_importchange_contact (unique).
-- Cost: one index lookup and one insert a changed contact. What was missing is missing in `before`.
INSERT INTO contacts_importchange AS h (organisation_id, source_import_id, contact_id, before, after, kept)
SELECT %(organisation_id)s, %(import_id)s, r.contact_id, b.before, b.after, ''
FROM contacts_import_row r
CROSS JOIN LATERAL (
    SELECT k.* FROM contacts_contact k WHERE k.organisation_id = %(organisation_id)s AND k.id = r.contact_id LIMIT 1
) AS c
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_object_agg(f.field, f.old) FILTER (WHERE f.old IS NOT NULL), '{}')
               || CASE WHEN bool_or(c.provenance ? f.field) THEN jsonb_build_object('provenance',
                      jsonb_object_agg(f.field, c.provenance -> f.field) FILTER (WHERE c.provenance ? f.field))
                  ELSE '{}' END AS before,
           jsonb_object_agg(f.field, f.new) AS after
    FROM (
        SELECT v.field, v.old, v.new
        FROM (VALUES
            ('external_id', r.external_id IS NOT NULL AND r.external_id IS DISTINCT FROM c.external_id,
                to_jsonb(c.external_id), to_jsonb(r.external_id)),
            ('email', r.email IS NOT NULL AND r.email IS DISTINCT FROM c.email, to_jsonb(c.email), to_jsonb(r.email)),
            ('first_name', r.first_name <> '' AND r.first_name <> c.first_name,
                to_jsonb(c.first_name), to_jsonb(r.first_name)),
            ('last_name', r.last_name <> '' AND r.last_name <> c.last_name, to_jsonb(c.last_name), to_jsonb(r.last_name)),
            ('phone', r.phone <> '' AND r.phone <> c.phone, to_jsonb(c.phone), to_jsonb(r.phone)),
            ('job_title', r.job_title <> '' AND r.job_title <> c.job_title, to_jsonb(c.job_title), to_jsonb(r.job_title)),
            ('language', r.language <> '' AND r.language <> c.language, to_jsonb(c.language), to_jsonb(r.language)),
            ('source', r.source <> '' AND c.source = '', to_jsonb(c.source), to_jsonb(r.source)),
            ('company', r.company_id IS NOT NULL AND NOT r.company_kept AND r.company_id IS DISTINCT FROM c.company_id,
                to_jsonb(c.company_id), to_jsonb(r.company_id))
        ) AS v (field, is_new, old, new)
        WHERE v.is_new
        UNION ALL
        SELECT 'properties.' || p.key, c.properties -> p.key, p.value
        FROM jsonb_each(r.properties) AS p
        WHERE c.properties -> p.key IS DISTINCT FROM p.value
        UNION ALL
        SELECT 'custom.' || p.key, c.custom -> p.key, p.value
        FROM jsonb_each(r.custom) AS p
        WHERE c.custom -> p.key IS DISTINCT FROM p.value
    ) AS f
) AS b
WHERE r.action = 'update' AND b.after IS NOT NULL
ON CONFLICT (organisation_id, source_import_id, contact_id) DO UPDATE
SET before = excluded.before || h.before, after = h.after || excluded.after
