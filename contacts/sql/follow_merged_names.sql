-- Purpose: let rows that name a merged person by an old address or external id name whoever they are now.
-- Parameters: organisation_id.
-- Relies on: doubles_alias_value (unique), primary key of contacts_contact.
-- Cost: two index lookups a row. A name that somebody has today is theirs; who has none today is left as the row says.
UPDATE contacts_import_row r
SET email = coalesce(n.email, r.email), external_id = coalesce(n.external_id, r.external_id)
FROM (
    SELECT i.line,
        (SELECT c.email FROM doubles_alias a JOIN contacts_contact c
            ON c.organisation_id = a.organisation_id AND c.id = a.contact_id
            WHERE a.organisation_id = %(organisation_id)s AND a.kind = 'email' AND a.value = i.email
            AND NOT EXISTS (SELECT 1 FROM contacts_contact x WHERE x.organisation_id = a.organisation_id
                AND x.email = i.email)) AS email,
        (SELECT c.external_id FROM doubles_alias a JOIN contacts_contact c
            ON c.organisation_id = a.organisation_id AND c.id = a.contact_id
            WHERE a.organisation_id = %(organisation_id)s AND a.kind = 'external_id' AND a.value = i.external_id
            AND NOT EXISTS (SELECT 1 FROM contacts_contact x WHERE x.organisation_id = a.organisation_id
                AND x.external_id = i.external_id)) AS external_id
    FROM contacts_import_row i
) n
WHERE n.line = r.line AND (n.email IS NOT NULL OR n.external_id IS NOT NULL)
