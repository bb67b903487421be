-- Purpose: find the companies of the local directory that bear one of these names exactly, each name by itself.
-- Parameters: keys text[] (names as they are matched), postcodes text[] (empty: everywhere), most (read of one name).
-- Returns: asked (place of the name in the list, from 1), and the columns of DirectoryCompany but "search"; of each name the
--   active ones first, by SIREN.
-- Relies on: the index on what companies are found by (company_search).
-- Cost: 0.2 ms a name, whatever the size of the directory.
SELECT asked.place AS asked, found.*
FROM unnest(%(keys)s::text[], %(postcodes)s::text[]) WITH ORDINALITY AS asked (name_key, postcode, place)
CROSS JOIN LATERAL (
    SELECT {columns}
    FROM directory.company d
    WHERE d.search @> CASE WHEN asked.postcode = '' THEN ARRAY['=' || asked.name_key]
                           ELSE ARRAY['=' || asked.name_key, 'p' || asked.postcode] END
    ORDER BY d.is_active DESC, d.siren
    LIMIT %(most)s
) found
ORDER BY asked.place, found.is_active DESC, found.siren
