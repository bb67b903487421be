-- Purpose: what people answered about each touchpoint since a moment, on the scale of 1 to 5.
-- Parameters: organisation_id, since.
-- Returns: touchpoint_id, answers, mean; of touchpoints with surveys answered.
-- Relies on: surveys_answer_place.
-- Cost: the answers of the period, once: 60 ms for 100,000.
SELECT a.touchpoint_id, count(*), avg(a.quality)
FROM surveys_answer a
WHERE a.organisation_id = %(organisation_id)s AND a.answered_at > %(since)s
GROUP BY a.touchpoint_id
