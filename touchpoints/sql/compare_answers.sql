-- Purpose: what people answered about a touchpoint before an action and after it, added up.
-- Parameters: organisation_id, touchpoint_id, before_from, before_upto, after_from, after_upto (each window without its end).
-- Returns: is_after, answers, sum and sum of squares of their quality (1-5); one row for each window with answers.
-- Relies on: surveys_answer_place.
-- Cost: the answers of this touchpoint in the two windows, once.
SELECT a.answered_at >= %(after_from)s, count(*), sum(a.quality), sum(a.quality * a.quality)
FROM surveys_answer a
WHERE a.organisation_id = %(organisation_id)s
  AND a.touchpoint_id = %(touchpoint_id)s
  AND (
      (a.answered_at >= %(before_from)s AND a.answered_at < %(before_upto)s)
      OR (a.answered_at >= %(after_from)s AND a.answered_at < %(after_upto)s)
  )
GROUP BY 1
