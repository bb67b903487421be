-- Purpose: note who acted in a batch of the log, or whose company changed, so that their
--   segments are brought up to date.
-- Parameters: those of touchpoints.consuming.Batch; <batch> is IN_BATCH.
-- Relies on: touchpoints_interaction_log, segments_segment_living.
-- Cost: the batch; nothing is read where no living segment is in use.
INSERT INTO segments_touchedcontact (organisation_id, contact_id)
SELECT DISTINCT i.organisation_id, i.contact_id
FROM touchpoints_interaction i
WHERE segments_are_kept(%(organisation_id)s)
  AND {batch}
  AND i.contact_id IS NOT NULL
  AND i.verdict IN ('human', 'register')
