-- Purpose: let the contacts of a chunk bear the tags of their rows, which exist by now.
-- Parameters: organisation_id, import_id, by_id (may be null).
-- Relies on: tagging_tag_key_one, tagging_tagging_one (unique).
-- Cost: two index lookups and one insert a row and tag; what is borne already stays.
INSERT INTO tagging_tagging (organisation_id, contact_id, tag_id, import_id, by_id)
SELECT DISTINCT %(organisation_id)s, r.contact_id, t.id, %(import_id)s::bigint, %(by_id)s::bigint
FROM contacts_import_row r
CROSS JOIN LATERAL unnest(r.tags) AS n (name)
CROSS JOIN LATERAL (
    SELECT coalesce(x.merged_into_id, x.id) AS id FROM tagging_tag x
    WHERE x.organisation_id = %(organisation_id)s AND x.key = contacts_fold(n.name)
    ORDER BY x.merged_into_id NULLS FIRST, x.id DESC
    LIMIT 1
) AS t
WHERE r.action IN ('create', 'update') AND r.contact_id IS NOT NULL
ORDER BY 2, 3
ON CONFLICT (organisation_id, contact_id, tag_id) DO NOTHING
