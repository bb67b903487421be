-- Purpose: say how many people or companies have each choice of a field of the organisation's own.
-- Parameters: organisation_id, key.
-- Parts: {table} is contacts_contact or contacts_company.
-- Returns: code, number of records.
-- Relies on: no index: one pass over the organisation's rows. A page asks for it after it is shown.
-- Cost: as count_custom_uses.
SELECT chosen.code, count(*)
FROM {table} t
CROSS JOIN LATERAL jsonb_array_elements_text(
    CASE jsonb_typeof(t.custom -> %(key)s)
        WHEN 'array' THEN t.custom -> %(key)s
        WHEN 'string' THEN jsonb_build_array(t.custom -> %(key)s)
        ELSE '[]'
    END
) AS chosen (code)
WHERE t.organisation_id = %(organisation_id)s AND jsonb_exists(t.custom, %(key)s)
GROUP BY chosen.code
