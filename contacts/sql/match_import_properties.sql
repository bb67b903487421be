-- Purpose: find the contact of each row by the property that is the import's key; else the contact of its address or
--   external id that does not have the property yet.
-- Parameters: organisation_id, key_property.
-- Relies on: contacts_contact_email, contacts_contact_external_id; no index on properties.
-- Cost: one pass over the organisation's contacts a chunk (1 M: seconds), two index lookups a row.
WITH known AS MATERIALIZED (
    SELECT c.properties ->> %(key_property)s AS value, min(c.id) AS id
    FROM contacts_contact c
    WHERE c.organisation_id = %(organisation_id)s
      AND c.properties ->> %(key_property)s IN (SELECT i.properties ->> %(key_property)s FROM contacts_import_row i)
    GROUP BY 1
)
UPDATE contacts_import_row AS r
SET key_contact_id = f.id
FROM (
    SELECT i.line, coalesce(
        k.id,
        (SELECT min(c.id) FROM contacts_contact c
         WHERE c.organisation_id = %(organisation_id)s AND (c.email = i.email OR c.external_id = i.external_id)
           AND c.properties ->> %(key_property)s IS NULL)
    ) AS id
    FROM contacts_import_row i
    LEFT JOIN known k ON k.value = i.properties ->> %(key_property)s
) AS f
WHERE r.line = f.line AND f.id IS NOT NULL
