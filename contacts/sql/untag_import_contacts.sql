-- Purpose: take away some of the tags that an import brought.
-- Parameters: organisation_id, import_id, most (how many rows).
-- Returns: the tags, and of how many contacts each was taken.
-- Relies on: tagging_tagging_import.
-- Cost: the deletions.
WITH gone AS (
    DELETE FROM tagging_tagging g
    WHERE g.organisation_id = %(organisation_id)s AND g.id IN (
        SELECT x.id FROM tagging_tagging x
        WHERE x.organisation_id = %(organisation_id)s AND x.import_id = %(import_id)s
        ORDER BY x.contact_id
        LIMIT %(most)s
    )
    RETURNING g.tag_id
)
SELECT tag_id, count(*) FROM gone GROUP BY 1
