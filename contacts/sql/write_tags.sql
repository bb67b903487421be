-- Purpose: make the tags that are new among these names; of names that differ by case or accents alone, the first.
-- Parameters: organisation_id, names text[], by_id (may be null).
-- Relies on: tagging_tag_key_one (unique), tagging_tag_merged.
-- Cost: two index lookups a name. A name that was merged into another tag makes no new one.
INSERT INTO tagging_tag (organisation_id, name, size, created_by_id, created_at)
SELECT %(organisation_id)s, n.name, 0, %(by_id)s, clock_timestamp()
FROM (
    SELECT DISTINCT ON (contacts_fold(g.name)) g.name, contacts_fold(g.name) AS key
    FROM unnest(%(names)s::text[]) WITH ORDINALITY AS g (name, place)
    ORDER BY contacts_fold(g.name), g.place
) AS n
WHERE NOT EXISTS (SELECT 1 FROM tagging_tag t WHERE t.organisation_id = %(organisation_id)s AND t.key = n.key)
ORDER BY n.key
ON CONFLICT (organisation_id, key) WHERE merged_into_id IS NULL DO NOTHING
