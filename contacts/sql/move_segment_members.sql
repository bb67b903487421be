-- Purpose: bring a segment's members in line with its condition, over everybody or over some contacts.
-- Parameters: organisation_id, segment_id, now, those of the condition; contact_ids for some. <asked> is the condition's
--   SELECT of id, holds and due_at (contacts/segments/keeping.py), <members> narrows m.contact_id, <result> is what is
--   told of come (contact_id) and gone (contact_id).
-- Returns: what <result> says.
-- Relies on: segments_segmentmember_now; the primary key of contacts and touchpoints_interaction_contact for some, the
--   condition's own sets for everybody.
-- Cost: for some, a few look-ups a contact and condition, however many contacts there are. Who stays is not written.
--   Windows run out at the full minute after, so that those of one minute are looked at together.
WITH found AS MATERIALIZED (
    SELECT f.id, f.holds, f.due_at
    FROM ({asked}) f
    WHERE f.holds OR f.due_at IS NOT NULL
),
gone AS (
    UPDATE segments_segmentmember m
    SET left_at = %(now)s
    WHERE m.organisation_id = %(organisation_id)s
      AND m.segment_id = %(segment_id)s
      AND m.left_at IS NULL
      AND {members}
      AND NOT EXISTS (SELECT 1 FROM found f WHERE f.id = m.contact_id AND f.holds)
    RETURNING m.contact_id
),
come AS (
    INSERT INTO segments_segmentmember (organisation_id, segment_id, contact_id, entered_at)
    SELECT %(organisation_id)s, %(segment_id)s, f.id, %(now)s
    FROM found f
    WHERE f.holds
      AND NOT EXISTS (
          SELECT 1 FROM segments_segmentmember m
          WHERE m.organisation_id = %(organisation_id)s
            AND m.segment_id = %(segment_id)s
            AND m.contact_id = f.id
            AND m.left_at IS NULL
      )
    RETURNING contact_id
),
due AS (
    INSERT INTO segments_segmentdue AS d (organisation_id, segment_id, contact_id, due_at)
    SELECT %(organisation_id)s, %(segment_id)s, f.id, date_trunc('minute', f.due_at) + interval '1 minute'
    FROM found f
    WHERE f.due_at IS NOT NULL AND %(is_living)s
    ON CONFLICT (organisation_id, segment_id, contact_id) DO UPDATE SET due_at = excluded.due_at
    WHERE d.due_at <> excluded.due_at
)
{result}
