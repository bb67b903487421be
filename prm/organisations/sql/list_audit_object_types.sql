-- Purpose: the different values of object_type in one organisation's audit log.
-- Parameters: organisation_id.
-- Returns: object_type, in order.
-- Relies on: organisations_audit_object.
-- Cost: one index entry for each value; it does not grow with the log.
WITH RECURSIVE found AS (
    (
        SELECT object_type
        FROM organisations_auditentry
        WHERE organisation_id = %(organisation_id)s
        ORDER BY object_type
        LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT entry.object_type
        FROM organisations_auditentry entry
        WHERE entry.organisation_id = %(organisation_id)s AND entry.object_type > found.object_type
        ORDER BY entry.object_type
        LIMIT 1
    )
    FROM found
    WHERE found.object_type IS NOT NULL
)
SELECT object_type FROM found WHERE object_type IS NOT NULL
