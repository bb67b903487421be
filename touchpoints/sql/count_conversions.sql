-- Purpose: of the contacts a touchpoint touched since a moment, how many later became prospect, MQL, customer.
-- Parameters: organisation_id, touchpoint_id, since.
-- Returns: contacts, prospects, mqls, customers (one row).
-- Relies on: touchpoints_interaction_touchpoint; contacts_stagechange_contact.
-- Cost: the interactions of this touchpoint in the period, and one index probe for each contact touched.
WITH touched AS (
    SELECT i.contact_id, min(i.occurred_at) AS first_at
    FROM touchpoints_interaction i
    WHERE i.organisation_id = %(organisation_id)s
      AND i.touchpoint_id = %(touchpoint_id)s
      AND i.occurred_at >= %(since)s
      AND i.verdict = 'human'
      AND i.contact_id IS NOT NULL
    GROUP BY 1
)
SELECT count(*),
       count(*) FILTER (WHERE after.prospect),
       count(*) FILTER (WHERE after.mql),
       count(*) FILTER (WHERE after.customer)
FROM touched t
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(s.to_stage = 'prospect'), false) AS prospect,
           coalesce(bool_or(s.to_stage = 'mql'), false) AS mql,
           coalesce(bool_or(s.to_stage = 'customer'), false) AS customer
    FROM contacts_stagechange s
    WHERE s.organisation_id = %(organisation_id)s AND s.contact_id = t.contact_id AND s.at >= t.first_at
) after
