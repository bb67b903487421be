-- Purpose: the steps of active scenarios at which somebody is due.
-- Parameters: organisation_id, now.
-- Returns: scenario_id, step_id, position, kind.
-- Relies on: nurturing_scenario_trigger, nurturing_step_position, nurturing_enrolment_due.
-- Cost: one index probe for each step of an active scenario, whatever the number of people in them.
SELECT s.id, st.id, st.position, st.kind
FROM nurturing_scenario s
JOIN nurturing_step st ON st.organisation_id = %(organisation_id)s AND st.scenario_id = s.id
WHERE s.organisation_id = %(organisation_id)s
  AND s.status = 'active'
  AND EXISTS (
      SELECT 1 FROM nurturing_enrolment e
      WHERE e.organisation_id = %(organisation_id)s AND e.scenario_id = s.id AND e.position = st.position
        AND e.status = 'active' AND e.due_at <= %(now)s)
ORDER BY s.id, st.position
