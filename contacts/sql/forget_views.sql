-- Purpose: remove the saved views of lists that name somebody.
-- Parameters: organisation_id, patterns text[] (of LIKE, in lower case).
-- Relies on: nothing: an organisation has some hundreds of views; the reference from what members chose sets itself null.
-- Cost: one pass over them.
DELETE FROM lists_savedview v
WHERE v.organisation_id = %(organisation_id)s
  AND lower(v.name || ' ' || v.filters::text || v.words::text) LIKE ANY (%(patterns)s::text[])
