-- Purpose: end the ways through scenarios that an act began which counts for nothing now: the act itself, or a tier
--   that the person is below without it. Only where nothing was sent, and nothing is leaving at this moment; what waits
--   to leave is taken off the ledger, so that the way can begin anew if the act counts after all.
-- Parameters: organisation_id, contact_ids, gone_ids (interactions that count for nothing now).
-- Relies on: nurturing_enrolment_once, nurturing_delivery_once, primary key of contacts_standing.
-- Cost: the scenarios these people are in.
WITH begun AS MATERIALIZED (
    SELECT e.id, e.contact_id, e.scenario_id
    FROM nurturing_enrolment e
    JOIN nurturing_scenario s ON s.organisation_id = %(organisation_id)s AND s.id = e.scenario_id
    LEFT JOIN contacts_standing t ON t.organisation_id = %(organisation_id)s AND t.contact_id = e.contact_id
    WHERE e.organisation_id = %(organisation_id)s
      AND e.contact_id = ANY (%(contact_ids)s::bigint[])
      AND e.status = 'active'
      AND ((e.cause ->> 'interaction')::bigint = ANY (%(gone_ids)s::bigint[])
           OR e.cause ->> 'kind' = 'tier_changed' AND s.trigger = 'tier' AND t.tier < s.trigger_tier)
    ORDER BY e.id
    FOR NO KEY UPDATE OF e
), written AS MATERIALIZED (
    SELECT b.id AS enrolment_id, d.id, d.status = 'pending' AND d.lease_until IS NULL AS is_waiting
    FROM begun b
    JOIN nurturing_step st ON st.organisation_id = %(organisation_id)s AND st.scenario_id = b.scenario_id
    JOIN nurturing_delivery d
      ON d.organisation_id = %(organisation_id)s AND d.contact_id = b.contact_id AND d.step_id = st.id
     AND d.status <> 'held'
), unsent AS MATERIALIZED (
    SELECT b.id FROM begun b
    WHERE NOT EXISTS (SELECT FROM written w WHERE w.enrolment_id = b.id AND NOT w.is_waiting)
), unwritten AS (
    -- Looked at once more: a sender may have taken one meanwhile.
    DELETE FROM nurturing_delivery d
    USING written w, unsent u
    WHERE d.organisation_id = %(organisation_id)s AND d.id = w.id AND w.enrolment_id = u.id
      AND d.status = 'pending' AND d.lease_until IS NULL
    RETURNING d.id
)
UPDATE nurturing_enrolment e
SET status = 'left', exit_reason = 'verdict', left_at = now(), due_at = NULL
FROM unsent u
WHERE e.organisation_id = %(organisation_id)s
  AND e.id = u.id
  AND NOT EXISTS (
      SELECT FROM written w WHERE w.enrolment_id = u.id AND w.id NOT IN (SELECT n.id FROM unwritten n))
