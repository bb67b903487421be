-- Purpose: whose addresses people without a company write from, with how many of them do.
-- Parameters: organisation_id, ids (contacts; null: all).
-- Returns: host, people.
-- Relies on: nothing where all are asked for: one pass over the organisation's contacts; the primary key for some.
-- Cost: 1 s for 1 M contacts, a third of them without a company, on a busy machine of two cores.
SELECT split_part(c.email, '@', 2) AS host, count(*) AS people
FROM contacts_contact c
WHERE c.organisation_id = %(organisation_id)s AND c.company_id IS NULL AND c.email IS NOT NULL AND c.stage <> ''
    AND (%(ids)s::bigint[] IS NULL OR c.id = ANY (%(ids)s::bigint[]))
GROUP BY 1
