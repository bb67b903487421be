-- Purpose: when the next step of an active scenario is due.
-- Parameters: organisation_id.
-- Returns: due_at, or null.
-- Relies on: nurturing_scenario_trigger, nurturing_step_position, nurturing_enrolment_due.
-- Cost: one index probe for each step of an active scenario.
SELECT min(first.due_at)
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
WHERE s.organisation_id = %(organisation_id)s AND s.status = 'active'
