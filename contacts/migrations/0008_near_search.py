"""Searches forgive one typing mistake in a word when they are asked to."""

from django.db import migrations

# What to look for, as patterns of LIKE on a search text, for one folded word. A word of one or two letters begins
# a word of the text. Nearly: the word as a beginning, with a letter replaced, left out, doubled or typed too much, or
# two neighbours exchanged; a word with figures only, or of fewer than four letters, means just itself.
PATTERNS = r"""
CREATE FUNCTION contacts_search_forgives(words text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT bool_or(length(word) >= 4 AND word ~ '[[:alpha:]]{3}') FROM unnest(words) AS word);

CREATE FUNCTION contacts_search_patterns(word text, nearly boolean) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN nearly AND contacts_search_forgives(ARRAY[word]) THEN (
        SELECT array_agg(DISTINCT '% ' || pattern || '%')
        FROM (
            SELECT string_agg(replace(replace(replace(letter, '\', '\\'), '%', '\%'), '_', '\_'), '' ORDER BY place)
            FROM regexp_split_to_table(word, '') WITH ORDINALITY AS whole (letter, place)
            UNION ALL
            SELECT string_agg(
                CASE
                    WHEN place = at AND mistake = 'replaced' THEN '_'
                    WHEN place = at AND mistake = 'left out' THEN '_' || written
                    WHEN place = at AND mistake = 'too much' THEN ''
                    WHEN place = at AND mistake = 'exchanged' THEN next || written
                    WHEN place = at + 1 AND mistake = 'exchanged' THEN ''
                    ELSE written
                END, '' ORDER BY place)
            FROM (
                SELECT place, written, lead(written) OVER (ORDER BY place) AS next
                FROM (
                    SELECT place, replace(replace(replace(letter, '\', '\\'), '%', '\%'), '_', '\_') AS written
                    FROM regexp_split_to_table(word, '') WITH ORDINALITY AS spelt (letter, place)
                ) AS escaped
            ) AS letters
            CROSS JOIN generate_series(1, length(word)) AS at
            CROSS JOIN unnest(ARRAY['replaced', 'left out', 'too much', 'exchanged']) AS mistake
            WHERE mistake <> 'exchanged' OR at < length(word)
            GROUP BY at, mistake
        ) AS spellings (pattern)
    ) ELSE ARRAY[
        CASE WHEN length(word) < 3 THEN '% ' ELSE '%' END
        || replace(replace(replace(word, '\', '\\'), '%', '\%'), '_', '\_') || '%'
    ] END
$$;
"""

# As in 0003, every word must be found in the contact or in its company, the longest one leading. Who is forgiving
# gets what is nearly spelt so where nothing is spelt so, and is told.
SEARCH = """
DROP FUNCTION contacts_search(bigint, text[], integer);
CREATE FUNCTION contacts_search(organisation bigint, words text[], most integer, forgiving boolean)
RETURNS TABLE (id bigint, is_near boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    folded text[];
    nearly boolean;
    lead text[];
    others text;
BEGIN
    IF organisation IS DISTINCT FROM nullif(current_setting('rls.current_tenant', true), '')::bigint THEN
        RETURN;
    END IF;
    SELECT array_agg(word ORDER BY length(word) DESC, word)
    INTO folded FROM unnest(words) AS given, contacts_fold(given) AS word WHERE word <> '';
    IF folded IS NULL THEN
        RETURN;
    END IF;
    FOREACH nearly IN ARRAY ARRAY[false, true] LOOP
        lead := contacts_search_patterns(folded[1], nearly);
        SELECT coalesce(string_agg(
            format(' AND (c.search_text LIKE ANY (%1$L::text[]) OR o.search_text LIKE ANY (%1$L::text[]))',
                   contacts_search_patterns(word, nearly)), ''), '')
        INTO others FROM unnest(folded[2:]) AS word;
        RETURN QUERY EXECUTE format(
            'SELECT DISTINCT found.id, %5$L::boolean FROM ('
            ' (SELECT c.id FROM contacts_contact c LEFT JOIN contacts_company o ON o.id = c.company_id'
            '  WHERE c.organisation_id = %1$s AND c.search_text LIKE ANY (%2$L::text[])%3$s LIMIT %4$s)'
            ' UNION ALL'
            ' (SELECT c.id FROM contacts_company o JOIN contacts_contact c'
            '   ON c.organisation_id = o.organisation_id AND c.company_id = o.id'
            '  WHERE o.organisation_id = %1$s AND o.search_text LIKE ANY (%2$L::text[])%3$s LIMIT %4$s)'
            ') AS found LIMIT %4$s',
            organisation, lead, others, most, nearly
        );
        EXIT WHEN FOUND OR NOT forgiving OR NOT contacts_search_forgives(folded);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION contacts_search(bigint, text[], integer, boolean) FROM PUBLIC;

DROP FUNCTION contacts_search_companies(bigint, text[], integer);
CREATE FUNCTION contacts_search_companies(organisation bigint, words text[], most integer, forgiving boolean)
RETURNS TABLE (id bigint, is_near boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    folded text[];
    nearly boolean;
    conditions text;
BEGIN
    IF organisation IS DISTINCT FROM nullif(current_setting('rls.current_tenant', true), '')::bigint THEN
        RETURN;
    END IF;
    SELECT array_agg(word) INTO folded FROM unnest(words) AS given, contacts_fold(given) AS word WHERE word <> '';
    IF folded IS NULL THEN
        RETURN;
    END IF;
    FOREACH nearly IN ARRAY ARRAY[false, true] LOOP
        SELECT string_agg(format('search_text LIKE ANY (%L::text[])', contacts_search_patterns(word, nearly)), ' AND ')
        INTO conditions FROM unnest(folded) AS word;
        RETURN QUERY EXECUTE format(
            'SELECT id, %L::boolean FROM contacts_company WHERE organisation_id = %s AND %s LIMIT %s',
            nearly, organisation, conditions, most
        );
        EXIT WHEN FOUND OR NOT forgiving OR NOT contacts_search_forgives(folded);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION contacts_search_companies(bigint, text[], integer, boolean) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0007_companies")]
    operations = [
        migrations.RunSQL(PATTERNS),
        migrations.RunSQL(SEARCH),
    ]
