-- Purpose: set aside the rows of a chunk whose tags would be more than an organisation may have.
-- Parameters: organisation_id, most.
-- Relies on: tagging_tag_key_one.
-- Cost: one index lookup a tag of the chunk.
WITH fresh AS (
    SELECT contacts_fold(n.name) AS key, min(r.line) AS first
    FROM contacts_import_row r CROSS JOIN LATERAL unnest(r.tags) AS n (name)
    WHERE r.reason IS NULL
    GROUP BY 1
), beyond AS (
    SELECT f.key FROM fresh f
    WHERE NOT EXISTS (SELECT 1 FROM tagging_tag t WHERE t.organisation_id = %(organisation_id)s AND t.key = f.key)
    ORDER BY f.first, f.key
    OFFSET (
        SELECT greatest(%(most)s - count(*), 0) FROM tagging_tag t
        WHERE t.organisation_id = %(organisation_id)s AND t.merged_into_id IS NULL
    )
)
UPDATE contacts_import_row AS r
SET reason = 'too_many_tags'
WHERE r.reason IS NULL AND EXISTS (
    SELECT 1 FROM unnest(r.tags) AS n (name) JOIN beyond b ON b.key = contacts_fold(n.name)
)
