-- Purpose: take back what an import told of companies known before, where that value is still the import's.
-- Parameters: organisation_id, company_ids bigint[], ref (of the provenance: "import 12").
-- Returns: ids of the companies that changed.
-- Relies on: primary key of contacts_company.
-- Cost: one index lookup a company; writes only where something goes.
UPDATE contacts_company o
SET siren = CASE WHEN o.provenance -> 'siren' ->> 'ref' = %(ref)s THEN NULL ELSE o.siren END,
    siret = CASE WHEN o.provenance -> 'siret' ->> 'ref' = %(ref)s THEN '' ELSE o.siret END,
    domain = CASE WHEN o.provenance -> 'domain' ->> 'ref' = %(ref)s THEN '' ELSE o.domain END,
    postcode = CASE WHEN o.provenance -> 'postcode' ->> 'ref' = %(ref)s THEN '' ELSE o.postcode END,
    city = CASE WHEN o.provenance -> 'city' ->> 'ref' = %(ref)s THEN '' ELSE o.city END,
    department = CASE WHEN o.provenance -> 'department' ->> 'ref' = %(ref)s THEN '' ELSE o.department END,
    provenance = o.provenance - ARRAY(
        SELECT p.key FROM jsonb_each(o.provenance) AS p
        WHERE p.key IN ('siren', 'siret', 'domain', 'postcode', 'city', 'department') AND p.value ->> 'ref' = %(ref)s),
    updated_at = now()
WHERE o.organisation_id = %(organisation_id)s AND o.id = ANY (%(company_ids)s::bigint[])
  AND %(ref)s IN (
      o.provenance -> 'siren' ->> 'ref', o.provenance -> 'siret' ->> 'ref', o.provenance -> 'domain' ->> 'ref',
      o.provenance -> 'postcode' ->> 'ref', o.provenance -> 'city' ->> 'ref')
RETURNING o.id
