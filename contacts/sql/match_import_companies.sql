-- Purpose: find the company each row names: by SIREN, else domain, else name; the oldest of several.
-- Parameters: organisation_id.
-- Relies on: contacts_company_siren, contacts_company_domain, contacts_company_name.
-- Cost: one to three index lookups for each different company of the chunk. A company with another SIREN is never meant.
WITH named AS (
    SELECT DISTINCT r.siren, r.domain, r.company_key
    FROM contacts_import_row r
    WHERE r.reason IS NULL AND r.company_id IS NULL AND (r.siren <> '' OR r.domain <> '' OR r.company_key <> '')
), found AS MATERIALIZED (
    SELECT n.siren, n.domain, n.company_key,
           coalesce(
               (SELECT o.id FROM contacts_company o
                WHERE o.organisation_id = %(organisation_id)s AND n.siren <> '' AND o.siren = n.siren),
               (SELECT min(o.id) FROM contacts_company o
                WHERE o.organisation_id = %(organisation_id)s AND n.siren = '' AND n.domain <> '' AND o.domain = n.domain
                  AND o.domain <> ''),
               (SELECT min(o.id) FROM contacts_company o
                WHERE o.organisation_id = %(organisation_id)s AND n.siren = '' AND n.company_key <> ''
                  AND o.name_key = n.company_key)
           ) AS company_id
    FROM named n
)
UPDATE contacts_import_row AS r
SET company_id = f.company_id
FROM found f
WHERE r.siren = f.siren AND r.domain = f.domain AND r.company_key = f.company_key
  AND r.company_id IS NULL AND f.company_id IS NOT NULL
