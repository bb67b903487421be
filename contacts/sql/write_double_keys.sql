-- Purpose: write what contacts may share with a double: hashes of their name in their company, their number, their
--   address and pieces of it.
-- Parameters: organisation_id, contact_ids bigint[] (their old keys were removed).
-- Parts: {sources} adds rows (contact_id, source, value) of what other apps registered.
-- Relies on: primary keys of contacts_contact and contacts_company.
-- Cost: one look-up and up to ten short rows a contact.
INSERT INTO doubles_key (organisation_id, hash, contact_id, source)
SELECT DISTINCT ON (k.hash, k.contact_id) %(organisation_id)s, k.hash, k.contact_id, k.source
FROM (
    SELECT c.id AS contact_id, '' AS source, hashtextextended(v.value, 0) AS hash
    FROM (
        SELECT c.id, c.phone, c.email, split_part(c.email, '@', 1) AS local, split_part(c.email, '@', 2) AS domain,
            contacts_fold(c.first_name) AS first, contacts_fold(c.last_name) AS last, nullif(o.name_key, '') AS company
        FROM contacts_contact c
        LEFT JOIN contacts_company o ON o.organisation_id = c.organisation_id AND o.id = c.company_id
        WHERE c.organisation_id = %(organisation_id)s AND c.id = ANY (%(contact_ids)s::bigint[])
    ) c
    CROSS JOIN LATERAL (VALUES
        -- Sorted, so that swapped names share it.
        (CASE WHEN c.first <> '' AND c.last <> ''
            THEN 'n ' || c.company || ' ' || least(c.first, c.last) || ' ' || greatest(c.first, c.last) END),
        (CASE WHEN c.first <> '' AND c.last <> '' THEN 'i ' || c.company || ' ' || left(c.first, 1) || ' ' || c.last END),
        (CASE WHEN c.phone <> '' THEN 'p ' || c.phone END),
        ('m ' || doubles_mailbox(c.email)),
        ('l ' || c.company || ' ' || c.local),
        -- A typing error spares the beginning or the end.
        (CASE WHEN length(c.local) BETWEEN 6 AND 9 THEN 'b3 ' || left(c.local, 3) || ' ' || c.domain END),
        (CASE WHEN length(c.local) BETWEEN 6 AND 9 THEN 'e3 ' || right(c.local, 3) || ' ' || c.domain END),
        (CASE WHEN length(c.local) > 8 THEN 'b5 ' || left(c.local, 4) || ' ' || c.domain END),
        (CASE WHEN length(c.local) > 8 THEN 'e5 ' || right(c.local, 4) || ' ' || c.domain END)
    ) AS v (value)
    WHERE v.value IS NOT NULL
    {sources}
) k
ON CONFLICT DO NOTHING
