-- Purpose: what became of a chunk's rows.
-- Parameters: none.
-- Returns: action, rows, doubles that said something else, doubles that did not.
-- Cost: one pass over the chunk.
SELECT r.action, count(*), sum(r.doubles_changed), sum(r.doubles_same)
FROM contacts_import_row r
WHERE r.reason IS NULL
GROUP BY r.action
