-- Purpose: what a row knows of its company and nobody else does is added: domain, SIRET. What is known stays.
-- Parameters: organisation_id, provenance jsonb.
-- Returns: ids of the companies that changed.
-- Relies on: primary key of contacts_company.
-- Cost: one index lookup for each different company of the chunk; writes only where something is new.
UPDATE contacts_company o
SET domain = CASE WHEN o.domain = '' THEN g.domain ELSE o.domain END,
    siret = CASE WHEN o.siret = '' THEN g.siret ELSE o.siret END,
    provenance = o.provenance
        || CASE WHEN o.domain = '' AND g.domain <> '' THEN jsonb_build_object('domain', %(provenance)s::jsonb) ELSE '{}' END
        || CASE WHEN o.siret = '' AND g.siret <> '' THEN jsonb_build_object('siret', %(provenance)s::jsonb) ELSE '{}' END,
    updated_at = now()
FROM (
    SELECT
        r.company_id,
        coalesce((array_agg(r.domain ORDER BY r.line) FILTER (WHERE r.domain <> ''))[1], '') AS domain,
        coalesce((array_agg(r.siret ORDER BY r.line) FILTER (WHERE r.siret <> ''))[1], '') AS siret
    FROM contacts_import_row r
    WHERE r.reason IS NULL AND r.company_id IS NOT NULL AND (r.domain <> '' OR r.siret <> '')
    GROUP BY r.company_id
) AS g
WHERE o.organisation_id = %(organisation_id)s AND o.id = g.company_id
  AND ((o.domain = '' AND g.domain <> '') OR (o.siret = '' AND g.siret <> ''))
RETURNING o.id
