-- Purpose: take away some of the tags that an import brought.
-- Parameters: organisation_id, import_id, most (how many rows).
-- Relies on: tagging_tagging_import.
-- Cost: the deletions.
DELETE FROM tagging_tagging g
WHERE g.organisation_id = %(organisation_id)s AND g.id IN (
    SELECT x.id FROM tagging_tagging x
    WHERE x.organisation_id = %(organisation_id)s AND x.import_id = %(import_id)s
    ORDER BY x.contact_id
    LIMIT %(most)s
)
