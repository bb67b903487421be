-- Purpose: give contacts the owner they had, where they still have the one of now.
-- Parameters: organisation_id, contact_ids bigint[], owner_id (before; null: nobody), now_id (null: nobody).
-- Relies on: primary key of contacts_contact.
-- Cost: one lookup and one write a contact; locked in the order of their ids.
WITH chosen AS (
    SELECT c.id
    FROM contacts_contact c
    WHERE c.organisation_id = %(organisation_id)s
      AND c.id = ANY (%(contact_ids)s::bigint[])
      AND c.stage <> ''
      AND c.owner_id IS NOT DISTINCT FROM %(now_id)s::bigint
    ORDER BY c.id
    FOR UPDATE
)
UPDATE contacts_contact c
SET owner_id = %(owner_id)s::bigint, updated_at = now()
FROM chosen
WHERE c.organisation_id = %(organisation_id)s AND c.id = chosen.id
