-- Purpose: set messages that are due aside for one sender, with all that is needed to write them.
-- Parameters: organisation_id, limit, lease_seconds.
-- Returns: id, contact_id, attempts, lease_until, step_id, subject, body, scenario_id, scenario_name, then of the
--   person: email, first_name, last_name, job_title, language, company name; then what they are asked to say yes to (JSON
--   text, null where it is no request), and what own fields of the person and of the company hold (JSON text, null where
--   the message names none). Step and scenario may be null.
-- Relies on: nurturing_delivery_due, and the keys of what is joined.
-- Cost: linear in `limit`.
WITH due AS MATERIALIZED (
    SELECT d.id
    FROM nurturing_delivery d
    WHERE d.organisation_id = %(organisation_id)s AND d.status = 'pending' AND d.lease_until IS NULL
      AND d.due_at <= now()
    ORDER BY d.due_at, d.id
    LIMIT %(limit)s
    FOR NO KEY UPDATE SKIP LOCKED
), reserved AS (
    UPDATE nurturing_delivery d
    SET lease_until = now() + make_interval(secs => %(lease_seconds)s)
    FROM due
    WHERE d.organisation_id = %(organisation_id)s AND d.id = due.id
    RETURNING d.id, d.contact_id, d.attempts, d.lease_until, d.step_id, d.confirmation_id, d.due_at
)
SELECT r.id, r.contact_id, r.attempts, r.lease_until, r.step_id, st.subject, st.body, s.id, s.name,
       coalesce(c.email, ''), c.first_name, c.last_name, c.job_title, c.language, coalesce(co.name, ''),
       CASE WHEN t.id IS NOT NULL THEN jsonb_build_object(
           'purpose_id', t.purpose_id, 'version', t.version, 'label_en', t.label_en, 'label_fr', t.label_fr,
           'text_en', t.text_en, 'text_fr', t.text_fr)::text END,
       CASE WHEN st.subject LIKE '%%custom%%' OR st.body LIKE '%%custom%%' THEN c.custom::text END,
       CASE WHEN st.subject LIKE '%%custom%%' OR st.body LIKE '%%custom%%' THEN co.custom::text END
FROM reserved r
JOIN contacts_contact c ON c.organisation_id = %(organisation_id)s AND c.id = r.contact_id
LEFT JOIN contacts_company co ON co.organisation_id = %(organisation_id)s AND co.id = c.company_id
LEFT JOIN nurturing_step st ON st.organisation_id = %(organisation_id)s AND st.id = r.step_id
LEFT JOIN nurturing_scenario s ON s.organisation_id = %(organisation_id)s AND s.id = st.scenario_id
LEFT JOIN consent_confirmation k ON k.organisation_id = %(organisation_id)s AND k.id = r.confirmation_id
LEFT JOIN consent_purposetext t
  ON t.organisation_id = %(organisation_id)s AND t.purpose_id = k.purpose_id AND t.version = k.version
ORDER BY r.due_at, r.id
