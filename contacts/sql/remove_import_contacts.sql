-- Purpose: remove contacts that an import created and nobody used; what belongs to them goes with them.
-- Parameters: organisation_id, contact_ids bigint[].
-- Relies on: primary key of contacts_contact, and the indexes by contact of the tables that refer to it.
-- Cost: one delete a contact, its standing and its ledger; one index lookup in every other table.
DELETE FROM contacts_contact c
WHERE c.organisation_id = %(organisation_id)s AND c.id = ANY (%(contact_ids)s::bigint[])
