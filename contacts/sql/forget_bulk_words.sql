-- Purpose: empty the selection and the reason of the actions on many contacts that name somebody.
-- Parameters: organisation_id, patterns text[] (of LIKE, in lower case).
-- Relies on: nothing: an organisation has some thousands of runs.
-- Cost: one pass over them.
UPDATE bulk_bulkrun r
SET selection = '{}', "values" = CASE WHEN r."values" ? 'reason' THEN r."values" || '{"reason": ""}' ELSE r."values" END
WHERE r.organisation_id = %(organisation_id)s
  AND lower(r.selection::text || r."values"::text) LIKE ANY (%(patterns)s::text[])
