-- Purpose: list the establishments of some companies of the local directory.
-- Parameters: sirens text[], only_open, most (of one company).
-- Returns: the columns of DirectoryEstablishment but "search", and is_seat; of each company the open ones first, by SIRET.
-- Relies on: the index by SIRET (establishment_siret), as a range: establishments have no other one.
-- Cost: 0.05 ms a company.
SELECT {columns}, e.siret = c.siren || c.nic AS is_seat
FROM directory.company c
CROSS JOIN LATERAL (
    SELECT *
    FROM directory.establishment e
    WHERE e.siret >= c.siren || '00000' AND e.siret <= c.siren || '99999' AND (e.is_active OR NOT %(only_open)s)
    ORDER BY e.is_active DESC, e.siret
    LIMIT %(most)s
) e
WHERE c.siren = ANY (%(sirens)s::text[])
ORDER BY c.siren, e.is_active DESC, e.siret
