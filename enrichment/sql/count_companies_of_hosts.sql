-- Purpose: at which companies people work who write from these hosts, with how many of them do.
-- Parameters: organisation_id, hosts.
-- Returns: host, company_id, people.
-- Relies on: nothing; one pass over the organisation's contacts.
-- Cost: 1.2 s for 500 hosts and 1 M contacts, on a busy machine of two cores.
SELECT split_part(c.email, '@', 2) AS host, c.company_id, count(*) AS people
FROM contacts_contact c
WHERE c.organisation_id = %(organisation_id)s AND c.company_id IS NOT NULL AND c.stage <> ''
    AND split_part(c.email, '@', 2) = ANY (%(hosts)s::text[])
GROUP BY 1, 2
