-- Purpose: let the segments of people be brought up to date whose acts count otherwise now.
-- Parameters: organisation_id, contact_ids.
-- Relies on: segments_segment_living.
-- Cost: one row a contact; nothing where no living segment is in use.
INSERT INTO segments_touchedcontact (organisation_id, contact_id)
SELECT %(organisation_id)s, p.contact_id
FROM unnest(%(contact_ids)s::bigint[]) AS p (contact_id)
WHERE segments_are_kept(%(organisation_id)s)
