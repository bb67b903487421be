-- Purpose: take people out of the company that a link of e-mail domains gave them, where it is still that.
-- Parameters: organisation_id, link, ids.
-- Returns: the ids of those who were taken out.
-- Relies on: the primary key.
-- Cost: one index lookup and one write a contact.
UPDATE contacts_contact c
SET company_id = NULL, provenance = c.provenance - 'company', updated_at = now()
WHERE c.organisation_id = %(organisation_id)s AND c.id = ANY (%(ids)s::bigint[]) AND c.company_id IS NOT NULL
    AND c.provenance -> 'company' ->> 'link' = %(link)s
RETURNING c.id
