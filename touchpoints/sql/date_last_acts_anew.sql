-- Purpose: date the last act of people some of whose acts count for nothing now. Human acts only; opens never count.
-- Parameters: organisation_id, contact_ids.
-- Relies on: touchpoints_interaction_contact, primary key of contacts_standing.
-- Cost: each contact's newest acts, until one counts.
UPDATE contacts_standing s
SET last_act_at = n.occurred_at, last_act_kind = coalesce(n.kind, '')
FROM unnest(%(contact_ids)s::bigint[]) AS p (contact_id)
LEFT JOIN LATERAL (
    SELECT i.occurred_at, i.kind
    FROM touchpoints_interaction i
    WHERE i.organisation_id = %(organisation_id)s
      AND i.contact_id = p.contact_id
      AND i.verdict = 'human'
      AND i.kind NOT IN ('email_delivered', 'email_opened', 'email_bounced', 'slot_shown')
    ORDER BY i.occurred_at DESC, i.id DESC
    LIMIT 1
) n ON true
WHERE s.organisation_id = %(organisation_id)s
  AND s.contact_id = p.contact_id
  AND (s.last_act_at, s.last_act_kind) IS DISTINCT FROM (n.occurred_at, coalesce(n.kind, '')::varchar)
