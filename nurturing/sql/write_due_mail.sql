-- Purpose: carry out one e-mail step for the people due at it: a row of the send ledger for each, pending, or held
--   with the reason where something forbids the message; then on to the next step, to the end, or out.
-- Parameters: organisation_id, scenario_id, step_id, position, now, stale_before, limit;
--   next_position, next_due_at (null: this was the last message).
-- Returns: people moved, messages pending.
-- Relies on: nurturing_enrolment_due, nurturing_delivery_once, nurturing_delivery_address, contacts_contact_key,
--   contacts_suppression_contact, scoring_handoff_one_open, consent_purpose_code, consent_consentstate_one.
-- Cost: linear in `limit`, whatever the number enrolled; three rows written for each person (ledger, enrolment, key
--   share lock of the contact).
WITH due AS MATERIALIZED (
    SELECT e.id, e.contact_id, e.due_at
    FROM nurturing_enrolment e
    WHERE e.organisation_id = %(organisation_id)s AND e.scenario_id = %(scenario_id)s AND e.position = %(position)s
      AND e.status = 'active' AND e.due_at <= %(now)s
    ORDER BY e.due_at, e.id
    LIMIT %(limit)s
    FOR NO KEY UPDATE SKIP LOCKED
), judged AS MATERIALIZED (
    SELECT due.id, due.contact_id, coalesce(c.email, '') AS address,
           CASE
               WHEN x.reason IS NOT NULL THEN x.reason
               WHEN h.id IS NOT NULL THEN 'handoff'
               WHEN c.stage = 'customer' THEN 'customer'
               WHEN cs.state <> 'given' OR (p.basis = 'consent' AND cs.state IS NULL) THEN 'no_consent'
               WHEN coalesce(c.email, '') = '' THEN 'no_address'
               WHEN due.due_at < %(stale_before)s THEN 'expired'
               WHEN EXISTS (
                   SELECT 1 FROM nurturing_delivery d
                   WHERE d.organisation_id = %(organisation_id)s AND d.address = c.email AND d.step_id = %(step_id)s
                     AND d.contact_id <> due.contact_id AND d.status IN ('sending', 'sent', 'unknown'))
               THEN 'duplicate'
               ELSE ''
           END AS reason
    FROM due
    JOIN contacts_contact c ON c.organisation_id = %(organisation_id)s AND c.id = due.contact_id
    LEFT JOIN LATERAL (
        SELECT s.reason FROM contacts_suppression s
        WHERE s.organisation_id = %(organisation_id)s AND s.contact_id = due.contact_id
        ORDER BY s.at LIMIT 1
    ) x ON true
    LEFT JOIN consent_purpose p ON p.organisation_id = %(organisation_id)s AND p.code = 'email'
    LEFT JOIN consent_consentstate cs
      ON cs.organisation_id = %(organisation_id)s AND cs.contact_id = due.contact_id AND cs.purpose_id = p.id
    LEFT JOIN scoring_handoff h
      ON h.organisation_id = %(organisation_id)s AND h.contact_id = due.contact_id
     AND h.status IN ('waiting', 'claimed')
), written AS (
    INSERT INTO nurturing_delivery
        (organisation_id, contact_id, step_id, occurrence, address, subject, status, reason, message_id, attempts)
    SELECT %(organisation_id)s, j.contact_id, %(step_id)s, 1, j.address, '',
           CASE WHEN j.reason = '' THEN 'pending' ELSE 'held' END, j.reason, '', 0
    FROM judged j
    ON CONFLICT DO NOTHING
    RETURNING status
), moved AS (
    UPDATE nurturing_enrolment e
    SET status = CASE
            WHEN j.reason NOT IN ('', 'expired', 'duplicate') THEN 'left'
            WHEN %(next_position)s::int IS NULL THEN 'done'
            ELSE 'active'
        END,
        exit_reason = CASE j.reason
            WHEN '' THEN '' WHEN 'expired' THEN '' WHEN 'duplicate' THEN ''
            WHEN 'opt_out' THEN 'unsubscribed'
            WHEN 'handoff' THEN 'handoff'
            WHEN 'customer' THEN 'closed'
            WHEN 'no_address' THEN 'no_address'
            ELSE 'suppressed'
        END,
        left_at = CASE
            WHEN j.reason NOT IN ('', 'expired', 'duplicate') OR %(next_position)s::int IS NULL THEN now()
        END,
        due_at = CASE WHEN j.reason IN ('', 'expired', 'duplicate') THEN %(next_due_at)s::timestamptz END,
        position = CASE
            WHEN j.reason IN ('', 'expired', 'duplicate') THEN coalesce(%(next_position)s::int, e.position)
            ELSE e.position
        END
    FROM judged j
    WHERE e.organisation_id = %(organisation_id)s AND e.id = j.id
    RETURNING e.id
)
SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM written WHERE status = 'pending')
