-- Purpose: say of each field of companies how many have it known, by where the value is from and the month since when.
-- Parameters: organisation_id.
-- Returns: field ("total": all companies; "custom.<key>": one of our own), source, month ("2026-11"), number of companies.
-- Relies on: no index: one pass over the organisation's companies; kept for a while where that is slow.
-- Cost: one pass, in which the proofs of each company are unfolded once.
WITH company AS MATERIALIZED (
    SELECT c.siren IS NOT NULL AS has_siren, c.naf_code <> '' AS has_naf, c.naf2025_code <> '' AS has_naf2025,
           c.headcount_band NOT IN ('', 'NN') AS has_headcount, c.legal_form <> '' AS has_form,
           c.category <> '' AS has_category, c.city <> '' AS has_place, c.founded_on IS NOT NULL AS has_day,
           c.domain <> '' AS has_domain, c.custom, to_char(c.created_at, 'YYYY-MM') AS made, p.usual, p.proofs
    FROM contacts_company c
    CROSS JOIN LATERAL (
        SELECT coalesce(max(e.value ->> 'source') FILTER (WHERE e.key = '*'), c.source) AS usual,
               jsonb_object_agg(e.key, jsonb_build_array(e.value ->> 'source', left(e.value ->> 'at', 7)))
                   FILTER (WHERE e.key <> '*') AS proofs
        FROM jsonb_each(c.provenance) AS e
    ) p
    WHERE c.organisation_id = %(organisation_id)s
)
SELECT f.field, coalesce(c.proofs -> f.field ->> 0, c.usual) AS source,
       greatest(c.made, c.proofs -> f.field ->> 1) AS month, count(*)
FROM company c
CROSS JOIN LATERAL (
    VALUES ('total', true), ('siren', c.has_siren), ('naf_code', c.has_naf), ('naf2025_code', c.has_naf2025),
           ('headcount_band', c.has_headcount), ('legal_form', c.has_form), ('category', c.has_category),
           ('city', c.has_place), ('founded_on', c.has_day), ('domain', c.has_domain)
) AS f (field, is_known)
WHERE f.is_known
GROUP BY 1, 2, 3
UNION ALL
SELECT 'custom.' || k.key, coalesce(c.proofs -> ('custom.' || k.key) ->> 0, c.usual),
       greatest(c.made, c.proofs -> ('custom.' || k.key) ->> 1), count(*)
FROM company c
CROSS JOIN LATERAL jsonb_object_keys(c.custom) AS k (key)
GROUP BY 1, 2, 3
