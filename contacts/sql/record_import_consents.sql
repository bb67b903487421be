-- Purpose: write what rows say to purposes into the ledger, with the file as proof: every no, or every yes.
-- Parameters: organisation_id, said boolean, act, uploaded_at, by_id (may be null), proof jsonb (of the file).
-- Returns: contact_id, once for each answer.
-- Relies on: consent_purpose_code, consent_consentstate_one. Triggers keep the states.
-- Cost: one index lookup and one insert an answer. A yes is written after the opt-outs of the chunk: whose address is
--   refused has said no by then.
INSERT INTO consent_consententry (organisation_id, contact_id, purpose_id, act, source, at, proof, by_id)
SELECT %(organisation_id)s, r.contact_id, p.id, %(act)s, 'import',
       least(coalesce((a.value ->> 'at')::timestamptz, %(uploaded_at)s), clock_timestamp()),
       %(proof)s::jsonb || jsonb_build_object('line', r.line), %(by_id)s::bigint
FROM contacts_import_row r
CROSS JOIN LATERAL jsonb_each(r.consents) AS a
JOIN consent_purpose p ON p.organisation_id = %(organisation_id)s AND p.code = a.key AND p.archived_at IS NULL
LEFT JOIN consent_consentstate s
    ON s.organisation_id = %(organisation_id)s AND s.contact_id = r.contact_id AND s.purpose_id = p.id
WHERE r.action IN ('create', 'update') AND r.contact_id IS NOT NULL
  AND (a.value ->> 'yes')::boolean = %(said)s
  AND (s.id IS NULL OR NOT %(said)s)
ORDER BY r.line, p.id
RETURNING contact_id
