-- Purpose: take the contacts whose windows of days ran out, to be looked at again in their segment.
-- Parameters: organisation_id, now, most.
-- Returns: segment_id, contact_id.
-- Relies on: segments_segmentdue_due. Whoever runs it holds the organisation's lock (contacts/segments/keeping.py).
-- Cost: follows what is due, not how many wait.
DELETE FROM segments_segmentdue d
USING (
    SELECT id FROM segments_segmentdue
    WHERE organisation_id = %(organisation_id)s AND due_at <= %(now)s
    ORDER BY due_at LIMIT %(most)s
) n
WHERE d.organisation_id = %(organisation_id)s AND d.id = n.id
RETURNING d.segment_id, d.contact_id
