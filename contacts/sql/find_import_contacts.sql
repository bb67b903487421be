-- Purpose: the ids of contacts just created, for the rows that suppress or tag somebody, say something to a
--   purpose, or whose address may be suppressed.
-- Parameters: contact_ids bigint[], ascending: given out in the order of the file.
-- Relies on: nothing.
-- Cost: one sort of the chunk.
UPDATE contacts_import_row AS r
SET contact_id = n.id
FROM (
    SELECT c.line, row_number() OVER (ORDER BY c.line) AS place FROM contacts_import_row c WHERE c.action = 'create'
) AS o
JOIN unnest(%(contact_ids)s::bigint[]) WITH ORDINALITY AS n (id, place) ON n.place = o.place
WHERE r.line = o.line AND (r.opted_out OR r.address_reasons IS NOT NULL OR r.tags <> '{}' OR r.consents <> '{}')
