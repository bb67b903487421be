-- Purpose: create the companies that rows name and nobody knows, one for each {identity}: first by SIREN, then by
--   domain, then by name, matching again in between, so that two rows of one company make one.
-- Parameters: organisation_id, source, provenance jsonb.
-- Parts: {identity} is "siren", "domain" or "company_key"; {department} says the département of g.postcode. Code words,
--   never a person's text.
-- Returns: ids of the companies created.
-- Relies on: nothing; the caller holds the lock on the making of companies.
-- Cost: one insert for each new company; values of the first row that has any, postcode and city of one row.
INSERT INTO contacts_company (
    organisation_id, name, name_key, siren, siret, domain, naf_code, naf_nomenclature, headcount_band, legal_form, category,
    address, postcode, city, department, is_closed, partial_diffusion, provenance, source, created_at, updated_at
)
SELECT
    %(organisation_id)s,
    coalesce(nullif(g.name, ''), nullif(g.domain, ''), g.siren),
    coalesce(nullif(g.name_key, ''), nullif(g.domain, ''), g.siren),
    nullif(g.siren, ''), g.siret, g.domain, '', '', '', '', '', '', g.postcode, g.city, {department}, false, false,
    jsonb_build_object('*', %(provenance)s::jsonb), left(%(source)s, 40), now(), now()
FROM (
    SELECT
        coalesce((array_agg(r.company ORDER BY r.line) FILTER (WHERE r.company <> ''))[1], '') AS name,
        coalesce((array_agg(r.company_key ORDER BY r.line) FILTER (WHERE r.company_key <> ''))[1], '') AS name_key,
        (array_agg(r.siren ORDER BY r.line))[1] AS siren,
        coalesce((array_agg(r.siret ORDER BY r.line) FILTER (WHERE r.siret <> ''))[1], '') AS siret,
        coalesce((array_agg(r.domain ORDER BY r.line) FILTER (WHERE r.domain <> ''))[1], '') AS domain,
        coalesce((array_agg(r.postcode ORDER BY r.line) FILTER (WHERE r.postcode || r.city <> ''))[1], '') AS postcode,
        coalesce((array_agg(r.city ORDER BY r.line) FILTER (WHERE r.postcode || r.city <> ''))[1], '') AS city,
        min(r.line) AS line
    FROM contacts_import_row r
    WHERE r.reason IS NULL AND r.company_id IS NULL AND NOT r.company_kept AND r.{identity} <> ''
    GROUP BY r.{identity}
) AS g
ORDER BY g.line
ON CONFLICT DO NOTHING
RETURNING id
