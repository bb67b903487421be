-- Purpose: count who read contents, and for how long.
-- Parameters: organisation_id, content_id (or null: each of them).
-- Columns: content_id, contacts, others (visitors, and every reading of somebody nobody can tell), downloads, median of
--   the seconds a reader looked at it (null where nobody could see that).
-- Way: a contact or visitor counts once, with all their time together.
-- Relies on: contents_reading_content, which alone is read.
-- Cost: the readings: 0.4 s for 300,000, 0.03 s for 10,000 of one content.
SELECT r.content_id,
    count(*) FILTER (WHERE r.contact_id IS NOT NULL),
    coalesce(sum(CASE WHEN r.contact_id IS NULL AND r.visitor_uid IS NOT NULL THEN 1
        WHEN r.contact_id IS NULL THEN r.number ELSE 0 END), 0)::bigint,
    sum(r.downloads)::bigint,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY r.seconds)
FROM (
    SELECT a.content_id, a.contact_id, CASE WHEN a.contact_id IS NULL THEN a.visitor_uid END AS visitor_uid,
        count(*) AS number, sum(a.seconds)::float8 AS seconds, count(*) FILTER (WHERE a.kind = 'download') AS downloads
    FROM contents_reading a
    WHERE a.organisation_id = %(organisation_id)s
      AND (%(content_id)s::bigint IS NULL OR a.content_id = %(content_id)s)
    GROUP BY a.content_id, a.contact_id, CASE WHEN a.contact_id IS NULL THEN a.visitor_uid END
) r
GROUP BY r.content_id
