-- Purpose: take into active scenarios the contacts whose interactions in a batch of the log start them: a form
--   sent, a tier reached from below, or news of their company. Once in a lifetime, unless what began it counted
--   for nothing for a time (nurturing/sql/end_recounted.sql); only who may be written to, is not with sales and has not bought.
--   They stand at the first e-mail; waits before it are added up.
-- Parameters: those of touchpoints.consuming.Batch, {batch} is IN_BATCH.
-- Returns: due_at of those taken in, each once.
-- Relies on: touchpoints_interaction_log, nurturing_scenario_trigger, nurturing_step_position,
--   nurturing_enrolment_once, contacts_suppression_contact, scoring_handoff_one_open.
-- Cost: the batch (1,000 rows); the rest only for contacts that start something.
WITH acts AS (
    SELECT i.id, i.contact_id, i.touchpoint_id, i.properties ->> 'form_id' AS form_id, i.kind, i.verdict = 'register' AS is_news,
           array_position(ARRAY['cold', 'warm', 'hot'], i.properties ->> 'from') - 1 AS from_tier,
           array_position(ARRAY['cold', 'warm', 'hot'], i.properties ->> 'to') - 1 AS to_tier
    FROM touchpoints_interaction i
    WHERE {batch}
      AND i.contact_id IS NOT NULL
      AND (i.kind = 'form_sent' AND i.verdict = 'human' OR i.kind = 'tier_changed' AND i.verdict = 'system'
           OR i.verdict = 'register')
), started AS (
    SELECT DISTINCT ON (a.contact_id, s.id) a.contact_id, s.id AS scenario_id, a.id AS interaction_id, a.kind
    FROM acts a
    JOIN nurturing_scenario s
      ON s.organisation_id = %(organisation_id)s AND s.status = 'active'
     AND (s.trigger = 'form' AND a.kind = 'form_sent'
             AND (s.trigger_touchpoint_id IS NULL OR s.trigger_touchpoint_id = a.touchpoint_id)
             AND (s.trigger_lead_form_id IS NULL OR s.trigger_lead_form_id::text = a.form_id)
          OR s.trigger = 'tier' AND a.kind = 'tier_changed'
             AND a.to_tier = s.trigger_tier AND a.from_tier < s.trigger_tier
          OR s.trigger = 'company' AND a.is_news AND s.trigger_kind IN ('', a.kind))
    ORDER BY a.contact_id, s.id, a.id
), addressed AS MATERIALIZED (
    SELECT s.contact_id, s.scenario_id, s.interaction_id, s.kind
    FROM started s
    JOIN contacts_contact c ON c.organisation_id = %(organisation_id)s AND c.id = s.contact_id
    WHERE c.email <> '' AND c.stage <> 'customer'
), enrolled AS (
    INSERT INTO nurturing_enrolment
        (organisation_id, scenario_id, contact_id, status, position, due_at, cause, exit_reason)
    SELECT %(organisation_id)s, a.scenario_id, a.contact_id, 'active', first.position,
           now() + make_interval(secs => first.wait_seconds),
           jsonb_build_object('interaction', a.interaction_id, 'kind', a.kind), ''
    FROM addressed a
    CROSS JOIN LATERAL (
        SELECT mail.position,
               (SELECT coalesce(sum(w.wait_seconds), 0)::float8
                FROM nurturing_step w
                WHERE w.organisation_id = %(organisation_id)s AND w.scenario_id = a.scenario_id
                  AND w.position < mail.position) AS wait_seconds
        FROM nurturing_step mail
        WHERE mail.organisation_id = %(organisation_id)s AND mail.scenario_id = a.scenario_id AND mail.kind = 'email'
        ORDER BY mail.position
        LIMIT 1
    ) first
    WHERE NOT EXISTS (
            SELECT 1 FROM contacts_suppression x
            WHERE x.organisation_id = %(organisation_id)s AND x.contact_id = a.contact_id)
      AND NOT EXISTS (
            SELECT 1 FROM scoring_handoff h
            WHERE h.organisation_id = %(organisation_id)s AND h.contact_id = a.contact_id
              AND h.status IN ('waiting', 'claimed'))
    ON CONFLICT (organisation_id, contact_id, scenario_id) DO UPDATE
    SET status = 'active', position = excluded.position, due_at = excluded.due_at, cause = excluded.cause,
        entered_at = now(), left_at = NULL, exit_reason = ''
    WHERE nurturing_enrolment.status = 'left' AND nurturing_enrolment.exit_reason = 'verdict'
    RETURNING due_at
)
SELECT DISTINCT due_at FROM enrolled
