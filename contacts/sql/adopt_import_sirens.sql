-- Purpose: a company known by domain or name alone takes the SIREN a row gives it; the first row of each wins.
-- Parameters: organisation_id, provenance jsonb (what is noted of the value).
-- Returns: ids of the companies that changed.
-- Relies on: contacts_company_siren, contacts_company_domain, contacts_company_name.
-- Cost: index lookups for each different SIREN of the chunk that no company has.
WITH given AS (
    SELECT r.siren, min(r.line) AS line, (array_agg(r.domain ORDER BY r.line))[1] AS domain,
           (array_agg(r.company_key ORDER BY r.line))[1] AS company_key
    FROM contacts_import_row r
    WHERE r.reason IS NULL AND r.siren <> ''
      AND NOT EXISTS (SELECT 1 FROM contacts_company o WHERE o.organisation_id = %(organisation_id)s AND o.siren = r.siren)
    GROUP BY r.siren
), candidates AS (
    SELECT g.siren, g.line,
           coalesce(
               (SELECT min(o.id) FROM contacts_company o
                WHERE o.organisation_id = %(organisation_id)s AND g.domain <> '' AND o.domain = g.domain AND o.domain <> ''
                  AND o.siren IS NULL),
               (SELECT min(o.id) FROM contacts_company o
                WHERE o.organisation_id = %(organisation_id)s AND g.company_key <> '' AND o.name_key = g.company_key
                  AND o.siren IS NULL)
           ) AS company_id
    FROM given g
), chosen AS (
    SELECT DISTINCT ON (k.company_id) k.company_id, k.siren
    FROM candidates k
    WHERE k.company_id IS NOT NULL
    ORDER BY k.company_id, k.line
)
UPDATE contacts_company o
SET siren = c.siren,
    provenance = o.provenance || jsonb_build_object('siren', %(provenance)s::jsonb),
    updated_at = now()
FROM chosen c
WHERE o.organisation_id = %(organisation_id)s AND o.id = c.company_id
RETURNING o.id
