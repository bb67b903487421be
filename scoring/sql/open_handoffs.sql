-- Purpose: open a handoff for each of these contacts, unless one is open.
-- Parameters: organisation_id, model_number, now, due_at, warn_at, contract_number, and arrays of one length: contact_ids, intents, fits,
--   totals, evidence (jsonb).
-- Returns: id, contact_id of those opened.
-- Relies on: scoring_handoff_one_open, which makes a second one impossible.
-- Cost: one row a contact.
INSERT INTO scoring_handoff (
    organisation_id, contact_id, status, intent, fit, total, model_number, evidence, opened_at, due_at,
    warn_at, contract_number,
    claimed_by_label, reason, note, next_step, outcome, currency
)
SELECT %(organisation_id)s, v.contact_id, 'waiting', v.intent, v.fit, v.total, %(model_number)s, v.evidence, %(now)s,
       %(due_at)s, %(warn_at)s, %(contract_number)s, '', '', '', '', '', ''
FROM unnest(%(contact_ids)s::bigint[], %(intents)s::float8[], %(fits)s::float8[], %(totals)s::float8[],
            %(evidence)s::jsonb[]) AS v (contact_id, intent, fit, total, evidence)
ON CONFLICT (organisation_id, contact_id) WHERE status IN ('waiting', 'claimed') DO NOTHING
RETURNING id, contact_id
