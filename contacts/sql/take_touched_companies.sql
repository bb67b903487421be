-- Purpose: take the companies whose people changed off the list, oldest first, with those where somebody's time ran out.
-- Parameters: organisation_id, most.
-- Returns: company_id; one row a note, so a company may come twice.
-- Relies on: standings_touchedcompany_key, standings_company_due. Whoever runs it holds the organisation's lock
--   (contacts/standings/keeping.py).
-- Cost: follows what is taken. What other transactions have noted but not committed stays for the next time.
WITH taken AS (
    DELETE FROM standings_touchedcompany t
    USING (
        SELECT id FROM standings_touchedcompany WHERE organisation_id = %(organisation_id)s ORDER BY id LIMIT %(most)s
    ) n
    WHERE t.organisation_id = %(organisation_id)s AND t.id = n.id
    RETURNING t.company_id
),
due AS (
    SELECT company_id FROM standings_companystanding
    WHERE organisation_id = %(organisation_id)s AND due_at <= now()
    ORDER BY due_at
    LIMIT %(most)s
)
SELECT company_id FROM taken UNION ALL SELECT company_id FROM due
