-- Purpose: the steps of active scenarios at which somebody is due.
-- Parameters: organisation_id, now.
-- Returns: scenario_id, step_id, position, kind.
-- Relies on: nurturing_scenario_trigger, nurturing_step_position, nurturing_enrolment_due.
-- Cost: one index probe for each step of an active scenario, whatever the number of people in them. LATERAL with
--   LIMIT, not EXISTS: that is made a join over everybody enrolled.
SELECT s.id, st.id, st.position, st.kind
FROM nurturing_scenario s
JOIN nurturing_step st ON st.organisation_id = %(organisation_id)s AND st.scenario_id = s.id
CROSS JOIN LATERAL (
    SELECT e.due_at
    FROM nurturing_enrolment e
    WHERE e.organisation_id = %(organisation_id)s AND e.scenario_id = s.id AND e.position = st.position
      AND e.status = 'active'
    ORDER BY e.due_at
    LIMIT 1
) first
WHERE s.organisation_id = %(organisation_id)s AND s.status = 'active' AND first.due_at <= %(now)s
ORDER BY s.id, st.position
