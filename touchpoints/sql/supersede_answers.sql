-- Purpose: of two answers of a contact about a touchpoint, on one scale, within the period of the earlier one's survey, of
--   which one came by these visitors: the earlier goes, as where they had answered again.
-- Parameters: organisation_id, contact_id, visitors (ids).
-- Relies on: surveys_answer_of_contact.
-- Cost: the answers of this contact.
WITH theirs AS (
    SELECT a.id, a.visitor_id, a.touchpoint_id, a.answered_at, s.scale, s.period_days
    FROM surveys_answer a
    JOIN surveys_survey s ON s.organisation_id = a.organisation_id AND s.id = a.survey_id
    WHERE a.organisation_id = %(organisation_id)s
      AND a.contact_id = %(contact_id)s
)
DELETE FROM surveys_answer a
WHERE a.organisation_id = %(organisation_id)s
  AND a.id IN (
      SELECT one.id
      FROM theirs one
      JOIN theirs later
        ON later.touchpoint_id = one.touchpoint_id
       AND later.scale = one.scale
       AND (later.answered_at, later.id) > (one.answered_at, one.id)
       AND later.answered_at < one.answered_at + one.period_days * interval '1 day'
      WHERE one.visitor_id = ANY (%(visitors)s::bigint[]) OR later.visitor_id = ANY (%(visitors)s::bigint[])
  )
