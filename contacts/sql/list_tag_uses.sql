-- Purpose: name the segments in use whose condition asks for a tag.
-- Parameters: organisation_id, codes text[] (ids of the tag, and of those merged into it, as conditions hold them).
-- Returns: id and name of each segment.
-- Relies on: nothing: an organisation has some dozens of segments.
-- Cost: one pass over their conditions.
SELECT s.id, s.name
FROM segments_segment s
WHERE s.organisation_id = %(organisation_id)s AND s.archived_at IS NULL
  AND EXISTS (
      SELECT 1 FROM jsonb_path_query(s.condition, '$.** ? (@.field == "tag").value') AS v (value)
      CROSS JOIN LATERAL jsonb_array_elements_text(
          CASE WHEN jsonb_typeof(v.value) = 'array' THEN v.value ELSE jsonb_build_array(v.value) END
      ) AS code
      WHERE code = ANY (%(codes)s::text[])
  )
ORDER BY s.name
