-- Purpose: of some names with their places, say how many the local directory tells without a doubt: borne by one open company
--   at that postcode, or, where no postcode is known, by one in all of France.
-- Parameters: keys text[] (names as they are matched), postcodes text[] (empty: not known).
-- Returns: how many.
-- Relies on: the index on what companies of the directory are found by.
-- Cost: a millisecond a name; asked for a sample.
SELECT count(*)
FROM unnest(%(keys)s::text[], %(postcodes)s::text[]) AS asked (name_key, postcode)
WHERE (
    SELECT count(*)
    FROM (
        SELECT 1
        FROM directory.company d
        WHERE d.is_active
          AND d.search @> CASE WHEN asked.postcode = '' THEN ARRAY['=' || asked.name_key]
                               ELSE ARRAY['=' || asked.name_key, 'p' || asked.postcode] END
        LIMIT 2
    ) found
) = 1
