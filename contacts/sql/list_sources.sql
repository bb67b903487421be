-- Purpose: the different sources of an organisation's contacts, without reading every contact.
-- Parameters: organisation_id, most.
-- Returns: source, in order.
-- Relies on: contacts_contact_source: each step is one index probe.
-- Cost: one probe for each source, whatever the number of contacts.
WITH RECURSIVE found AS (
    (SELECT source, 1 AS n FROM contacts_contact
     WHERE organisation_id = %(organisation_id)s AND source > '' ORDER BY source LIMIT 1)
    UNION ALL
    SELECT next.source, found.n + 1 FROM found
    CROSS JOIN LATERAL (
        SELECT c.source FROM contacts_contact c
        WHERE c.organisation_id = %(organisation_id)s AND c.source > found.source ORDER BY c.source LIMIT 1
    ) next
    WHERE found.n < %(most)s
)
SELECT source FROM found
