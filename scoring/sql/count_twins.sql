-- Purpose: how many came to sales, how far they came, and how many are over without it. Stands inside other statements.
-- Parameters: organisation_id, contact_id (who is not counted).
-- Returns: how many reached 'mql', 'accepted' or more, 'customer'; how many are over without 'accepted', without
--   'customer'. Over: lost, disqualified, or back before sales.
-- Relies on: nothing: reads every row of the organisation.
-- Cost: 5 ms for 20,000.
SELECT count(*) AS came,
       count(*) FILTER (WHERE r.accepted_at IS NOT NULL OR r.customer_at IS NOT NULL) AS accepted,
       count(r.customer_at) AS customers,
       count(*) FILTER (WHERE r.accepted_at IS NULL AND r.customer_at IS NULL AND r.stage IN (
           'lost', 'disqualified', 'prospect', 'suspect')) AS not_accepted,
       count(*) FILTER (WHERE r.customer_at IS NULL AND r.stage IN ('lost', 'disqualified', 'prospect', 'suspect'))
           AS no_customers
FROM twins_twinrow r
WHERE r.organisation_id = %(organisation_id)s AND r.contact_id <> %(contact_id)s
