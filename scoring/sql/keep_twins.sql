-- Purpose: write the rows of people who came to sales, as they were then, but for the bits of what they did: those are
--   none until mark_twins.sql wrote them, also where a worker died in between.
-- Parameters: those of twin_traits.sql, and arrays of one length: contact_ids, came, accepted, customer (moments, the last
--   two may be null), and no_bits; <traits> is twin_traits.sql.
-- Relies on: twins_twinrow_contact.
-- Cost: that of twin_traits.sql and one row a person.
INSERT INTO twins_twinrow (
    organisation_id, contact_id, came_at, accepted_at, customer_at, stage, naf_code, naf_division, headcount, department,
    legal_form, function, source, entry_id, personas, acts, bits, kept_at
)
SELECT %(organisation_id)s, t.contact_id, v.came_at, v.accepted_at, v.customer_at, c.stage, t.naf_code, t.naf_division,
       t.headcount, t.department, t.legal_form, t.function, t.source, t.entry_id, t.personas, t.acts, %(no_bits)s::bit(512), now()
FROM ({traits}) t
JOIN unnest(%(contact_ids)s::bigint[], %(came)s::timestamptz[], %(accepted)s::timestamptz[], %(customer)s::timestamptz[])
     AS v (contact_id, came_at, accepted_at, customer_at) ON v.contact_id = t.contact_id
JOIN contacts_contact c ON c.organisation_id = %(organisation_id)s AND c.id = t.contact_id
ORDER BY t.contact_id
ON CONFLICT (organisation_id, contact_id) DO UPDATE
SET (came_at, accepted_at, customer_at, stage, naf_code, naf_division, headcount, department, legal_form, function, source,
     entry_id, personas, acts, bits, kept_at)
  = (EXCLUDED.came_at, EXCLUDED.accepted_at, EXCLUDED.customer_at, EXCLUDED.stage, EXCLUDED.naf_code,
     EXCLUDED.naf_division, EXCLUDED.headcount, EXCLUDED.department, EXCLUDED.legal_form, EXCLUDED.function,
     EXCLUDED.source, EXCLUDED.entry_id, EXCLUDED.personas, EXCLUDED.acts, EXCLUDED.bits, EXCLUDED.kept_at)
