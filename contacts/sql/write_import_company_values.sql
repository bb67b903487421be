-- Purpose: write what is left of what rows say of their companies' own fields (judge_import_company_values.sql).
-- Parameters: organisation_id, provenance jsonb, ref.
-- Returns: company id, {"before", "after", "provenance"}: what undoing needs, the keys of own fields throughout.
-- Relies on: primary key of contacts_company; the caller holds the lock on the making of companies.
-- Cost: one write a company that changes. A company that the import made and nobody changed since stays so, that undoing
--   may remove it.
WITH told AS (
    SELECT s.company_id, jsonb_object_agg(s.key, s.value) AS says
    FROM (
        SELECT DISTINCT r.company_id, p.key, p.value
        FROM contacts_import_row r
        CROSS JOIN LATERAL jsonb_each(r.company_custom) AS p
        WHERE r.reason IS NULL AND r.company_id IS NOT NULL
    ) AS s
    GROUP BY s.company_id
), before AS MATERIALIZED (
    SELECT o.id, t.says,
           (SELECT coalesce(jsonb_object_agg(k.key, o.custom -> k.key) FILTER (WHERE jsonb_exists(o.custom, k.key)), '{}')
            FROM jsonb_object_keys(t.says) AS k (key)) AS custom,
           (SELECT coalesce(jsonb_object_agg(k.key, o.provenance -> ('custom.' || k.key))
                       FILTER (WHERE jsonb_exists(o.provenance, 'custom.' || k.key)), '{}')
            FROM jsonb_object_keys(t.says) AS k (key)) AS provenance
    FROM told t
    JOIN contacts_company o ON o.organisation_id = %(organisation_id)s AND o.id = t.company_id
)
UPDATE contacts_company o
SET custom = o.custom || b.says,
    provenance = o.provenance || (
        SELECT jsonb_object_agg('custom.' || k.key, %(provenance)s::jsonb) FROM jsonb_object_keys(b.says) AS k (key)
    ),
    updated_at = CASE
        WHEN o.provenance -> '*' ->> 'ref' = %(ref)s AND o.updated_at <= o.created_at THEN o.updated_at ELSE now()
    END
FROM before b
WHERE o.organisation_id = %(organisation_id)s AND o.id = b.id
RETURNING o.id, jsonb_build_object('before', b.custom, 'after', b.says, 'provenance', b.provenance)
