-- Purpose: say how many people or companies have a value in each field of the organisation's own.
-- Parameters: organisation_id.
-- Parts: {table} is contacts_contact or contacts_company.
-- Returns: key, number of records.
-- Relies on: no index: one pass over the organisation's rows. A page asks for it after it is shown.
-- Cost: one pass over the records of the organisation.
SELECT known.key, count(*)
FROM {table} t
CROSS JOIN LATERAL jsonb_object_keys(t.custom) AS known (key)
WHERE t.organisation_id = %(organisation_id)s AND t.custom <> '{}'
GROUP BY known.key
