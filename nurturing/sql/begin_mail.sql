-- Purpose: the last look before SMTP, committed before a word is spoken: the message is "being sent" from now on, or
--   held with the reason. In the same statement the message before it is noted as sent.
-- Parameters: organisation_id, id, lease_until (as reserved: another one means that the row is somebody else's),
--   address, address_key, subject, message_id, lease_seconds, stale_before; sent_id, sent_attempts (null: none before).
-- Returns: one row: status, reason, attempts; none when the row is not the sender's any more. Status "pending" with
--   the reason "paused": the scenario was paused, nothing was changed.
-- Relies on: the keys of what is joined, contacts_suppression_contact, contacts_suppression_address,
--   scoring_handoff_one_open, consent_purpose_code, consent_consentstate_one, nurturing_enrolment_once, nurturing_delivery_address.
-- Cost: about ten index lookups and two rows written. Planning costs as much: run it prepared.
WITH sent AS (
    UPDATE nurturing_delivery
    SET status = 'sent', sent_at = now(), reason = ''
    WHERE organisation_id = %(organisation_id)s AND id = %(sent_id)s AND attempts = %(sent_attempts)s
      AND status IN ('sending', 'unknown')
), judged AS MATERIALIZED (
    SELECT d.id,
           CASE
               WHEN x.reason IS NOT NULL THEN x.reason
               WHEN d.confirmation_id IS NOT NULL THEN CASE
                   WHEN cs.state <> 'given' OR ks.state <> 'given' THEN 'no_consent'
                   WHEN k.confirmed_at IS NOT NULL THEN 'answered'
                   WHEN %(address)s = '' THEN 'no_address'
                   WHEN d.due_at < %(stale_before)s THEN 'expired'
                   ELSE ''
               END
               WHEN h.id IS NOT NULL THEN 'handoff'
               WHEN c.stage = 'customer' THEN 'customer'
               WHEN cs.state <> 'given' OR (p.basis = 'consent' AND cs.state IS NULL) THEN 'no_consent'
               WHEN e.status = 'left' THEN 'left'
               WHEN %(address)s = '' THEN 'no_address'
               WHEN s.id IS NULL THEN 'step_deleted'
               WHEN s.status = 'paused' OR s.status = 'draft' THEN 'paused'
               WHEN s.status = 'archived' THEN 'archived'
               WHEN d.due_at < %(stale_before)s THEN 'expired'
               WHEN EXISTS (
                   SELECT 1 FROM nurturing_delivery o
                   WHERE o.organisation_id = %(organisation_id)s AND o.address = %(address)s AND o.step_id = d.step_id
                     AND o.contact_id <> d.contact_id AND o.status IN ('sending', 'sent', 'unknown'))
               THEN 'duplicate'
               ELSE ''
           END AS reason
    FROM nurturing_delivery d
    JOIN contacts_contact c ON c.organisation_id = %(organisation_id)s AND c.id = d.contact_id
    LEFT JOIN nurturing_step st ON st.organisation_id = %(organisation_id)s AND st.id = d.step_id
    LEFT JOIN nurturing_scenario s ON s.organisation_id = %(organisation_id)s AND s.id = st.scenario_id
    LEFT JOIN nurturing_enrolment e
      ON e.organisation_id = %(organisation_id)s AND e.contact_id = d.contact_id AND e.scenario_id = s.id
    LEFT JOIN consent_purpose p ON p.organisation_id = %(organisation_id)s AND p.code = 'email'
    LEFT JOIN consent_consentstate cs
      ON cs.organisation_id = %(organisation_id)s AND cs.contact_id = d.contact_id AND cs.purpose_id = p.id
    LEFT JOIN consent_confirmation k ON k.organisation_id = %(organisation_id)s AND k.id = d.confirmation_id
    LEFT JOIN consent_consentstate ks
      ON ks.organisation_id = %(organisation_id)s AND ks.contact_id = d.contact_id AND ks.purpose_id = k.purpose_id
    LEFT JOIN scoring_handoff h
      ON h.organisation_id = %(organisation_id)s AND h.contact_id = d.contact_id AND h.status IN ('waiting', 'claimed')
    LEFT JOIN LATERAL (
        SELECT p.reason FROM (
            SELECT q.reason, q.at FROM contacts_suppression q
            WHERE q.organisation_id = %(organisation_id)s AND q.contact_id = d.contact_id
            UNION ALL
            SELECT q.reason, q.at FROM contacts_suppression q
            WHERE q.organisation_id = %(organisation_id)s AND q.address_key = %(address_key)s AND q.address_key <> ''
        ) p
        ORDER BY p.at LIMIT 1
    ) x ON true
    WHERE d.organisation_id = %(organisation_id)s AND d.id = %(id)s
      -- Not "=": the whole batch has this lease, and an index on it.
      AND d.status = 'pending' AND d.lease_until IS NOT DISTINCT FROM %(lease_until)s
    FOR NO KEY UPDATE OF d
), begun AS (
    UPDATE nurturing_delivery d
    SET status = CASE j.reason WHEN '' THEN 'sending' ELSE 'held' END,
        reason = j.reason,
        address = CASE %(address)s WHEN '' THEN d.address ELSE %(address)s END,
        subject = %(subject)s,
        message_id = %(message_id)s,
        attempts = d.attempts + CASE j.reason WHEN '' THEN 1 ELSE 0 END,
        lease_until = CASE j.reason WHEN '' THEN now() + make_interval(secs => %(lease_seconds)s) END
    FROM judged j
    WHERE d.organisation_id = %(organisation_id)s AND d.id = j.id AND j.reason <> 'paused'
    RETURNING d.status, d.reason, d.attempts
)
SELECT b.status, b.reason, b.attempts FROM begun b
UNION ALL
SELECT 'pending', j.reason, 0 FROM judged j WHERE j.reason = 'paused'
