-- Purpose: drop establishments of the directory being prepared whose company was not chosen.
-- Parameters: none
-- Index: none; one hash join.
-- Cost: 1 s for a million establishments.
DELETE FROM directory_next.establishment
WHERE NOT EXISTS (SELECT FROM directory_next.company WHERE company.siren = establishment.siren)
