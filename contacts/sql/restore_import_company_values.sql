-- Purpose: give companies back what a chunk of an import changed of their own fields, where it is still what it wrote.
-- Parameters: organisation_id, values jsonb (ImportTrace.values), ref (of the provenance: "import 12").
-- Returns: ids of the companies that changed.
-- Relies on: primary key of contacts_company.
-- Cost: one index lookup and one write a company. The chunks of an import go from the last to the first.
WITH ours AS (
    SELECT o.id, k.key, v.value -> 'before' -> k.key AS old, v.value -> 'provenance' -> k.key AS origin
    FROM jsonb_each(%(values)s::jsonb) AS v
    CROSS JOIN LATERAL jsonb_each(v.value -> 'after') AS k
    JOIN contacts_company o ON o.organisation_id = %(organisation_id)s AND o.id = v.key::bigint
    WHERE o.custom -> k.key IS NOT DISTINCT FROM k.value
), back AS (
    SELECT id, array_agg(key) AS keys, array_agg('custom.' || key) AS names,
           coalesce(jsonb_object_agg(key, old) FILTER (WHERE old IS NOT NULL), '{}') AS custom,
           coalesce(jsonb_object_agg('custom.' || key, origin) FILTER (WHERE origin IS NOT NULL), '{}') AS provenance
    FROM ours
    GROUP BY id
)
UPDATE contacts_company o
SET custom = (o.custom - b.keys) || b.custom,
    provenance = (o.provenance - b.names) || b.provenance,
    updated_at = CASE
        WHEN o.provenance -> '*' ->> 'ref' = %(ref)s AND o.updated_at <= o.created_at THEN o.updated_at ELSE now()
    END
FROM back b
WHERE o.organisation_id = %(organisation_id)s AND o.id = b.id
RETURNING o.id
