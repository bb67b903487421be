-- Purpose: say of each field of people how many have it known, by where the value is from and the month since when; what is
--   known of their companies among it, as that is what scoring and segments ask of people.
-- Parameters: organisation_id.
-- Returns: field ("total": all people; "company.<field>": of their company), source, month ("2026-11"), number of people.
-- Relies on: no index: one pass over the organisation's people, joined to their companies; kept for a while where slow.
-- Cost: one pass over people and companies.
SELECT f.field,
       CASE WHEN f.of_company
            THEN coalesce(o.provenance -> f.column_name ->> 'source', o.provenance -> '*' ->> 'source', o.source)
            ELSE coalesce(c.provenance -> f.column_name ->> 'source', c.provenance -> '*' ->> 'source', c.source) END,
       greatest(to_char(c.created_at, 'YYYY-MM'),
                left(CASE WHEN f.of_company THEN o.provenance -> f.column_name ->> 'at'
                          ELSE c.provenance -> f.column_name ->> 'at' END, 7)),
       count(*)
FROM contacts_contact c
LEFT JOIN contacts_company o ON o.organisation_id = c.organisation_id AND o.id = c.company_id
CROSS JOIN LATERAL (
    VALUES ('total', 'id', true, false), ('email', 'email', c.email IS NOT NULL, false),
           ('phone', 'phone', c.phone <> '', false), ('job_title', 'job_title', c.job_title <> '', false),
           ('name', 'last_name', c.first_name <> '' AND c.last_name <> '', false),
           ('company', 'company', c.company_id IS NOT NULL, false),
           ('company.siren', 'siren', o.siren IS NOT NULL, true),
           ('company.naf_code', 'naf_code', o.naf_code <> '', true),
           ('company.headcount_band', 'headcount_band', o.headcount_band NOT IN ('', 'NN'), true),
           ('company.city', 'city', o.city <> '', true)
) AS f (field, column_name, is_known, of_company)
WHERE c.organisation_id = %(organisation_id)s AND c.stage <> '' AND f.is_known
GROUP BY 1, 2, 3
