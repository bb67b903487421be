-- Purpose: send on the people who stand at a wait because the scenario was changed while they were in it.
-- Parameters: organisation_id, scenario_id, position, now, limit; next_position, next_due_at (null: no message left).
-- Relies on: nurturing_enrolment_due.
-- Cost: linear in `limit`.
WITH due AS MATERIALIZED (
    SELECT e.id
    FROM nurturing_enrolment e
    WHERE e.organisation_id = %(organisation_id)s AND e.scenario_id = %(scenario_id)s AND e.position = %(position)s
      AND e.status = 'active' AND e.due_at <= %(now)s
    ORDER BY e.due_at, e.id
    LIMIT %(limit)s
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE nurturing_enrolment e
SET status = CASE WHEN %(next_position)s::int IS NULL THEN 'done' ELSE 'active' END,
    position = coalesce(%(next_position)s::int, e.position),
    due_at = %(next_due_at)s::timestamptz,
    left_at = CASE WHEN %(next_position)s::int IS NULL THEN now() END
FROM due
WHERE e.organisation_id = %(organisation_id)s AND e.id = due.id
