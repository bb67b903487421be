-- Purpose: let contacts bear tags; those that do already stay as they are.
-- Parameters: organisation_id, contact_ids bigint[], tag_ids bigint[], by_id (may be null).
-- Returns: id of the contact and of the tag, of what is new.
-- Relies on: primary key of contacts_contact, tagging_tagging_one (unique).
-- Cost: one index lookup and one insert with three indexes a contact and tag.
INSERT INTO tagging_tagging (organisation_id, contact_id, tag_id, by_id)
SELECT %(organisation_id)s, c.id, t.id, %(by_id)s
FROM contacts_contact c
JOIN tagging_tag t ON t.organisation_id = %(organisation_id)s AND t.id = ANY (%(tag_ids)s::bigint[])
WHERE c.organisation_id = %(organisation_id)s AND c.id = ANY (%(contact_ids)s::bigint[]) AND c.stage <> ''
  AND t.merged_into_id IS NULL
ORDER BY c.id, t.id
ON CONFLICT (organisation_id, contact_id, tag_id) DO NOTHING
RETURNING contact_id, tag_id
