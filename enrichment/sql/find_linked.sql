-- Purpose: who has a company by one link of e-mail domains, and nobody said otherwise since.
-- Parameters: organisation_id, link.
-- Returns: ids of contacts, in order.
-- Relies on: nothing; one pass over the organisation's contacts, as linking itself.
-- Cost: 1 s for 1 M contacts, on a busy machine of two cores.
SELECT c.id
FROM contacts_contact c
WHERE c.organisation_id = %(organisation_id)s AND c.company_id IS NOT NULL
    AND c.provenance -> 'company' ->> 'link' = %(link)s
ORDER BY c.id
