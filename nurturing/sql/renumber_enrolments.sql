-- Purpose: let the people in a scenario follow their step when steps come, go or change places. Where the step they
--   stood at is gone they stand at what follows it; where nothing follows they are done.
-- Parameters: organisation_id, scenario_id, before int[], after int[]: positions; after is null where nothing follows.
-- Relies on: nurturing_enrolment_due.
-- Cost: one row written for each person whose position changes.
UPDATE nurturing_enrolment e
SET position = coalesce(moved.after, e.position),
    status = CASE WHEN moved.after IS NULL THEN 'done' ELSE 'active' END,
    due_at = CASE WHEN moved.after IS NULL THEN NULL ELSE e.due_at END,
    left_at = CASE WHEN moved.after IS NULL THEN now() END
FROM unnest(%(before)s::int[], %(after)s::int[]) AS moved (before, after)
WHERE e.organisation_id = %(organisation_id)s AND e.scenario_id = %(scenario_id)s AND e.position = moved.before
  AND e.status = 'active'
  AND moved.after IS DISTINCT FROM moved.before
