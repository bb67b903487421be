-- Purpose: a company of which nobody knows where it is takes the place of the first row that names one; what is known, and
--   what a company keeps private, stays.
-- Parameters: organisation_id, provenance jsonb.
-- Parts: {department} says the département of g.postcode; a code word, never a person's text.
-- Returns: ids of the companies that changed.
-- Relies on: primary key of contacts_company.
-- Cost: one index lookup for each different company of the chunk; writes only where the place is new. Asked only of files
--   that say where companies are.
UPDATE contacts_company o
SET postcode = g.postcode,
    city = g.city,
    department = {department},
    provenance = o.provenance
        || CASE WHEN g.postcode <> '' THEN jsonb_build_object('postcode', %(provenance)s::jsonb) ELSE '{}' END
        || CASE WHEN g.city <> '' THEN jsonb_build_object('city', %(provenance)s::jsonb) ELSE '{}' END
        || CASE WHEN {department} <> '' THEN jsonb_build_object('department', %(provenance)s::jsonb) ELSE '{}' END,
    updated_at = now()
FROM (
    SELECT DISTINCT ON (r.company_id) r.company_id, r.postcode, r.city
    FROM contacts_import_row r
    WHERE r.reason IS NULL AND r.company_id IS NOT NULL AND r.postcode || r.city <> ''
    ORDER BY r.company_id, r.line
) AS g
WHERE o.organisation_id = %(organisation_id)s AND o.id = g.company_id
  AND o.postcode = '' AND o.city = '' AND o.address = '' AND NOT o.partial_diffusion
RETURNING o.id
