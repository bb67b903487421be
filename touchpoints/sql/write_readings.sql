-- Purpose: say of some interactions which contents they are readings of, in place of what was said before.
-- Parameters: organisation_id, and those of <which>.
-- Parts: <which>, a condition on touchpoints_interaction i.
-- Way: an interaction names its content (our own addresses note it so), or is the view of a page a content stands at:
--   site and path, read as recognition reads them. Only what humans did counts.
-- Relies on: contents_reading_once, contents_content_page.
-- Cost: the interactions, and the facts of each different address: 0.03 s for a batch of 1,000.
WITH given AS MATERIALIZED (
    SELECT i.id, i.kind, i.contact_id, i.visitor_id, i.occurred_at, i.verdict = 'human' AS counts, i.properties,
        i.properties ->> 'url' AS url
    FROM touchpoints_interaction i
    WHERE {which}
),
pages AS MATERIALIZED (
    SELECT d.url, touchpoints_facts(d.properties) AS facts
    FROM (
        SELECT DISTINCT ON (g.url) g.url, g.properties FROM given g
        WHERE g.counts AND g.kind = 'page_view' AND g.url <> ''
    ) d
),
found AS MATERIALIZED (
    SELECT g.id, c.id AS content_id
    FROM given g
    JOIN contents_content c
      ON c.organisation_id = %(organisation_id)s
     AND c.id = CASE WHEN g.properties ->> 'content' ~ '^[0-9]{1,18}$' THEN (g.properties ->> 'content')::bigint END
    WHERE g.counts
    UNION
    SELECT g.id, c.id
    FROM pages p
    JOIN contents_content c
      ON c.organisation_id = %(organisation_id)s
     AND c.page_host = p.facts ->> 'host' AND c.page_path = p.facts ->> 'path' AND c.page_path <> ''
    JOIN given g ON g.url = p.url AND g.counts AND g.kind = 'page_view'
),
gone AS (
    DELETE FROM contents_reading r
    WHERE r.organisation_id = %(organisation_id)s
      AND r.interaction_id = ANY (ARRAY(SELECT g.id FROM given g))
      AND NOT EXISTS (SELECT FROM found f WHERE f.id = r.interaction_id AND f.content_id = r.content_id)
)
INSERT INTO contents_reading
    (organisation_id, interaction_id, content_id, kind, contact_id, visitor_uid, occurred_at, seconds)
SELECT %(organisation_id)s, g.id, f.content_id, g.kind, g.contact_id, g.visitor_id, g.occurred_at,
    CASE WHEN jsonb_typeof(g.properties -> 'seconds') = 'number'
        THEN least(greatest((g.properties ->> 'seconds')::float8, 0), 43200)::int END
FROM found f
JOIN given g ON g.id = f.id
ORDER BY g.id, f.content_id
ON CONFLICT (organisation_id, interaction_id, content_id) DO UPDATE
SET contact_id = excluded.contact_id, visitor_uid = excluded.visitor_uid, seconds = excluded.seconds
WHERE (contents_reading.contact_id, contents_reading.visitor_uid, contents_reading.seconds)
    IS DISTINCT FROM (excluded.contact_id, excluded.visitor_uid, excluded.seconds)
