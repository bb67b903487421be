-- Purpose: how many rows of a chunk are about somebody who is not to be written to, or say so themselves.
-- Parameters: none.
-- Returns: one count.
-- Cost: one pass over the chunk.
SELECT count(*)
FROM contacts_import_row r
WHERE r.action IS NOT NULL AND (r.opted_out OR r.address_reasons IS NOT NULL OR r.contact_reasons IS NOT NULL)
