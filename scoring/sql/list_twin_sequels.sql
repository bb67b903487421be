-- Purpose: what people did just before a moment of each, and what they bought from then on.
-- Parameters: organisation_id, arrays of one length contact_ids and moments, no_acts text[], most (acts of each).
-- Returns: contact_id, kinds and touchpoints of their last acts before it (text[], bigint[], the last one first), what
--   they paid in cents as sales noted it, else as their purchases from a day before it say (null: nobody knows), currency ("":
--   not said).
-- Relies on: touchpoints_interaction_contact, scoring_handoff_contact.
-- Cost: a few look-ups a person.
SELECT p.contact_id, did.kinds, did.places,
       coalesce(sold.amount_cents, (
           SELECT round(sum((i.properties ->> 'amount')::numeric) * 100)::bigint FROM touchpoints_interaction i
           WHERE i.organisation_id = %(organisation_id)s AND i.contact_id = p.contact_id AND i.kind = 'purchase'
             AND i.verdict = 'human' AND i.occurred_at >= p.moment - interval '1 day'
             AND i.properties ->> 'amount' ~ '^[0-9]{1,12}([.][0-9]{1,6})?$')),
       coalesce(sold.currency, '')
FROM unnest(%(contact_ids)s::bigint[], %(moments)s::timestamptz[]) AS p (contact_id, moment)
LEFT JOIN LATERAL (
    SELECT h.amount_cents, h.currency
    FROM scoring_handoff h
    WHERE h.organisation_id = %(organisation_id)s AND h.contact_id = p.contact_id AND h.outcome = 'customer'
      AND h.amount_cents IS NOT NULL
    ORDER BY h.opened_at DESC
    LIMIT 1
) sold ON true
CROSS JOIN LATERAL (
    SELECT array_agg(a.kind ORDER BY a.occurred_at DESC, a.id DESC) AS kinds,
           array_agg(a.touchpoint_id ORDER BY a.occurred_at DESC, a.id DESC) AS places
    FROM (
        SELECT i.id, i.kind, i.touchpoint_id, i.occurred_at
        FROM touchpoints_interaction i
        WHERE i.organisation_id = %(organisation_id)s AND i.contact_id = p.contact_id AND i.verdict = 'human'
          AND i.occurred_at < p.moment AND i.kind <> ALL (%(no_acts)s::text[] || 'purchase'::text)
        ORDER BY i.occurred_at DESC, i.id DESC
        LIMIT %(most)s
    ) a
) did
