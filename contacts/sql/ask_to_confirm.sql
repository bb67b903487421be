-- Purpose: note that contacts are asked to say yes to a purpose themselves, those who may be asked.
-- Parameters: organisation_id, contact_ids bigint[], purpose_id, version, by_id, most_times, not_since (asked later than
--   that, one is not asked again).
-- Returns: contact_id, reason ("" when asked; else no_address, suppressed, said_no, confirmed, asked_lately, asked_often),
--   and of those asked the id of the request.
-- Relies on: primary key of contacts_contact, contacts_suppression_contact, consent_consentstate_one,
--   consent_confirmation_one.
-- Cost: a few index lookups for each contact.
WITH judged AS MATERIALIZED (
    SELECT c.id,
           CASE
               WHEN c.email IS NULL THEN 'no_address'
               WHEN EXISTS (SELECT 1 FROM contacts_suppression x
                            WHERE x.organisation_id = %(organisation_id)s AND x.contact_id = c.id) THEN 'suppressed'
               WHEN s.state <> 'given' OR e.state <> 'given' THEN 'said_no'
               WHEN s.source = 'centre' THEN 'confirmed'
               WHEN k.asked_at > %(not_since)s THEN 'asked_lately'
               WHEN k.times >= %(most_times)s THEN 'asked_often'
               ELSE ''
           END AS reason
    FROM contacts_contact c
    LEFT JOIN consent_consentstate s
      ON s.organisation_id = %(organisation_id)s AND s.contact_id = c.id AND s.purpose_id = %(purpose_id)s
    LEFT JOIN consent_purpose p ON p.organisation_id = %(organisation_id)s AND p.code = 'email'
    LEFT JOIN consent_consentstate e
      ON e.organisation_id = %(organisation_id)s AND e.contact_id = c.id AND e.purpose_id = p.id
    LEFT JOIN consent_confirmation k
      ON k.organisation_id = %(organisation_id)s AND k.contact_id = c.id AND k.purpose_id = %(purpose_id)s
    WHERE c.organisation_id = %(organisation_id)s AND c.id = ANY (%(contact_ids)s::bigint[])
), asked AS (
    INSERT INTO consent_confirmation AS k
        (organisation_id, contact_id, purpose_id, version, times, by_id)
    SELECT %(organisation_id)s, j.id, %(purpose_id)s, %(version)s, 1, %(by_id)s
    FROM judged j
    WHERE j.reason = ''
    ON CONFLICT (organisation_id, contact_id, purpose_id) DO UPDATE
    SET times = k.times + 1, version = excluded.version, asked_at = now(), by_id = excluded.by_id, confirmed_at = NULL
    RETURNING k.contact_id, k.id
)
SELECT j.id, j.reason, a.id FROM judged j LEFT JOIN asked a ON a.contact_id = j.id ORDER BY j.id
