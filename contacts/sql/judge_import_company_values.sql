-- Purpose: leave of what rows say of their companies' own fields only what the import may write and is not there yet.
-- Parameters: organisation_id, mode, ref (of the provenance: "import 12").
-- Relies on: primary key of contacts_company.
-- Cost: one index lookup for each company the chunk says something of. Of several rows of one company the last is right
--   where the file overwrites, else the first, as if the rows came in chunks of their own. A file that only adds tells
--   companies that it made itself.
WITH said AS (
    SELECT DISTINCT ON (r.company_id, p.key) r.company_id, p.key, p.value
    FROM contacts_import_row r
    CROSS JOIN LATERAL jsonb_each(r.company_custom) AS p
    WHERE r.reason IS NULL AND r.company_id IS NOT NULL
    ORDER BY r.company_id, p.key, CASE WHEN %(mode)s = 'overwrite' THEN -r.line ELSE r.line END
), new AS (
    SELECT s.company_id, jsonb_object_agg(s.key, s.value) AS says
    FROM said s
    JOIN contacts_company o ON o.organisation_id = %(organisation_id)s AND o.id = s.company_id
    WHERE CASE %(mode)s
        WHEN 'overwrite' THEN o.custom -> s.key IS DISTINCT FROM s.value
        WHEN 'fill' THEN NOT jsonb_exists(o.custom, s.key)
        ELSE NOT jsonb_exists(o.custom, s.key) AND o.provenance -> '*' ->> 'ref' = %(ref)s
    END
    GROUP BY s.company_id
)
UPDATE contacts_import_row AS r
SET company_custom = (
    SELECT coalesce(jsonb_object_agg(p.key, n.says -> p.key), '{}')
    FROM new n
    CROSS JOIN LATERAL jsonb_object_keys(r.company_custom) AS p (key)
    WHERE n.company_id = r.company_id AND jsonb_exists(n.says, p.key)
)
WHERE r.company_custom <> '{}' AND (r.company_id IS NOT NULL OR r.reason IS NOT NULL)
