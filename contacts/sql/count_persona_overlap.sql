-- Purpose: how many fit two personas at once.
-- Parameters: organisation_id.
-- Returns: persona_id, other_id (the greater id), number.
-- Relies on: segments_segmentmember_now, segments_segmentmember_contact.
-- Cost: the stays of the personas, joined with themselves by contact.
WITH fits AS MATERIALIZED (
    SELECT p.id AS persona_id, m.contact_id
    FROM personas_persona p
    JOIN segments_segmentmember m
        ON m.organisation_id = p.organisation_id AND m.segment_id = p.segment_id AND m.left_at IS NULL
    WHERE p.organisation_id = %(organisation_id)s
)
SELECT a.persona_id, b.persona_id, count(*)
FROM fits a
JOIN fits b ON b.contact_id = a.contact_id AND b.persona_id > a.persona_id
GROUP BY 1, 2
