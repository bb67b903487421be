-- Purpose: find tags by their names, whatever their case and accents; a merged one gives the one it is now part of.
-- Parameters: organisation_id, names text[].
-- Returns: id and name of each tag found.
-- Relies on: tagging_tag_key_one; the few merged tags.
-- Cost: one index lookup a name.
SELECT DISTINCT ON (n.key) coalesce(t.merged_into_id, t.id), n.key
FROM (SELECT DISTINCT contacts_fold(g.name) AS key FROM unnest(%(names)s::text[]) AS g (name)) AS n
JOIN tagging_tag t ON t.organisation_id = %(organisation_id)s AND t.key = n.key
ORDER BY n.key, t.merged_into_id NULLS FIRST, t.id DESC
