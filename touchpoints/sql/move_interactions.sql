-- Purpose: give some interactions of one touchpoint to another; living segments look again at who acted.
-- Parameters: organisation_id, gone_id, kept_id, most.
-- Columns: how many were moved.
-- Relies on: touchpoints_interaction_touchpoint.
-- Cost: `most` rows.
WITH stretch AS MATERIALIZED (
    SELECT i.id, i.occurred_at
    FROM touchpoints_interaction i
    WHERE i.organisation_id = %(organisation_id)s AND i.touchpoint_id = %(gone_id)s
    LIMIT %(most)s
),
moved AS (
    UPDATE touchpoints_interaction i
    SET touchpoint_id = %(kept_id)s
    FROM stretch s
    WHERE i.organisation_id = %(organisation_id)s AND i.id = s.id AND i.occurred_at = s.occurred_at
    RETURNING i.contact_id
),
touched AS (
    INSERT INTO segments_touchedcontact (organisation_id, contact_id)
    SELECT DISTINCT %(organisation_id)s::bigint, m.contact_id
    FROM moved m
    WHERE m.contact_id IS NOT NULL AND segments_are_kept(%(organisation_id)s)
)
SELECT (SELECT count(*) FROM moved)
