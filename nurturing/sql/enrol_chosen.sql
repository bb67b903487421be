-- Purpose: take chosen contacts into a scenario, and say of the others why not. As enrolling.find_obstacle: once in a
--   lifetime; only who has an address, has not bought, may be written to and is not with sales.
-- Parameters: organisation_id, scenario_id, contact_ids bigint[], position, due_at, cause jsonb.
-- Returns: contact_id, and '' for those taken in, else no_address, customer, suppressed, handoff or already.
-- Relies on: primary key of contacts_contact, contacts_suppression_contact, scoring_handoff_one_open,
--   nurturing_enrolment_once.
-- Cost: four index lookups a contact, one write for those taken in.
WITH judged AS (
    SELECT c.id, CASE
        WHEN c.email IS NULL OR c.email = '' THEN 'no_address'
        WHEN c.stage = 'customer' THEN 'customer'
        WHEN EXISTS (
            SELECT 1 FROM contacts_suppression x
            WHERE x.organisation_id = %(organisation_id)s AND x.contact_id = c.id) THEN 'suppressed'
        WHEN EXISTS (
            SELECT 1 FROM scoring_handoff h
            WHERE h.organisation_id = %(organisation_id)s AND h.contact_id = c.id
              AND h.status IN ('waiting', 'claimed')) THEN 'handoff'
        ELSE '' END AS obstacle
    FROM contacts_contact c
    WHERE c.organisation_id = %(organisation_id)s AND c.id = ANY (%(contact_ids)s::bigint[])
), enrolled AS (
    INSERT INTO nurturing_enrolment
        (organisation_id, scenario_id, contact_id, status, position, due_at, cause, exit_reason)
    SELECT %(organisation_id)s, %(scenario_id)s, j.id, 'active', %(position)s, %(due_at)s, %(cause)s, ''
    FROM judged j
    WHERE j.obstacle = ''
    ORDER BY j.id
    ON CONFLICT (organisation_id, contact_id, scenario_id) DO UPDATE
    SET status = 'active', position = excluded.position, due_at = excluded.due_at, cause = excluded.cause,
        entered_at = now(), left_at = NULL, exit_reason = ''
    WHERE nurturing_enrolment.status = 'left' AND nurturing_enrolment.exit_reason = 'verdict'
    RETURNING contact_id
)
SELECT j.id, CASE WHEN j.obstacle <> '' THEN j.obstacle WHEN e.contact_id IS NULL THEN 'already' ELSE '' END
FROM judged j
LEFT JOIN enrolled e ON e.contact_id = j.id
ORDER BY j.id
