-- Purpose: what the selects above the list of contacts offer, in one question.
-- Parameters: organisation_id, most_sources, most_tags, tag_id (the one chosen, also where it is rarely borne; 0 for none).
-- Returns: what ("source", "segment", "tag", "owner"), code, words; in no order.
-- Relies on: contacts_contact_source (each source is one index probe), tagging_tag_size.
-- Cost: one probe for each source, and the rows it returns.
WITH RECURSIVE source AS (
    (SELECT c.source AS code, 1 AS n FROM contacts_contact c
     WHERE c.organisation_id = %(organisation_id)s AND c.source > '' ORDER BY c.source LIMIT 1)
    UNION ALL
    SELECT next.source, source.n + 1 FROM source
    CROSS JOIN LATERAL (
        SELECT c.source FROM contacts_contact c
        WHERE c.organisation_id = %(organisation_id)s AND c.source > source.code ORDER BY c.source LIMIT 1
    ) next
    WHERE source.n < %(most_sources)s
)
SELECT 'source' AS what, code, code AS words FROM source
UNION ALL
SELECT 'segment', s.id::text, s.name FROM segments_segment s
WHERE s.organisation_id = %(organisation_id)s AND s.archived_at IS NULL
UNION ALL
(SELECT 'tag', t.id::text, t.name FROM tagging_tag t
 WHERE t.organisation_id = %(organisation_id)s AND t.merged_into_id IS NULL ORDER BY t.size DESC, t.id DESC LIMIT %(most_tags)s)
UNION
SELECT 'tag', t.id::text, t.name FROM tagging_tag t
WHERE t.organisation_id = %(organisation_id)s AND t.merged_into_id IS NULL AND t.id = %(tag_id)s
UNION ALL
SELECT 'owner', m.user_id::text, coalesce(nullif(u.full_name, ''), u.email) FROM organisations_membership m
JOIN organisations_user u ON u.id = m.user_id
WHERE m.organisation_id = %(organisation_id)s
