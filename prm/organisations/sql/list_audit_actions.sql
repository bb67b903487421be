-- Purpose: the different values of action in one organisation's audit log.
-- Parameters: organisation_id.
-- Returns: action, in order.
-- Relies on: organisations_audit_action.
-- Cost: one index entry for each value; it does not grow with the log.
WITH RECURSIVE found AS (
    (
        SELECT action
        FROM organisations_auditentry
        WHERE organisation_id = %(organisation_id)s
        ORDER BY action
        LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT entry.action
        FROM organisations_auditentry entry
        WHERE entry.organisation_id = %(organisation_id)s AND entry.action > found.action
        ORDER BY entry.action
        LIMIT 1
    )
    FROM found
    WHERE found.action IS NOT NULL
)
SELECT action FROM found WHERE action IS NOT NULL
