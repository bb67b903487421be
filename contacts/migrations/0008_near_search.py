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

CREATE FUNCTION contacts_search_condition(value text, word text, nearly boolean) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN cardinality(patterns) = 1 THEN format('%s LIKE %L', value, patterns[1])
           ELSE format('%s LIKE ANY (%L::text[])', value, patterns) END
    FROM contacts_search_patterns(word, nearly) AS patterns
$$;
"""

# As in 0003, every word must be found in the contact or in its company; where nothing is spelt so, who is forgiving
# gets what is nearly spelt so, and is told. Statistics say little of LIKE, so the way is chosen by trying: words that
# few companies bear lead to their people, and are looked for together by the trigrams of contacts; words that many
# companies bear only filter. Of several spellings only the longest word's are looked for by index: those of two words
# would be tried in every combination.
SEARCH = """
DROP FUNCTION contacts_search(bigint, text[], integer);
CREATE FUNCTION contacts_search(organisation bigint, words text[], most integer, forgiving boolean)
RETURNS TABLE (id bigint, is_near boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    few CONSTANT integer := 2000;
    folded text[];
    word text;
    nearly boolean;
    is_spelt boolean;
    has_spelt boolean;
    bearers bigint[];
    by_company bigint[];
    of_many text;
    leads text;
    everywhere text;
BEGIN
    IF organisation IS DISTINCT FROM nullif(current_setting('rls.current_tenant', true), '')::bigint THEN
        RETURN;
    END IF;
    SELECT array_agg(given ORDER BY length(given) DESC, given)
    INTO folded FROM (SELECT DISTINCT contacts_fold(one) AS given FROM unnest(words) AS one) AS them WHERE given <> '';
    IF folded IS NULL THEN
        RETURN;
    END IF;
    FOREACH nearly IN ARRAY ARRAY[false, true] LOOP
        by_company := '{}';
        has_spelt := false;
        of_many := NULL;
        leads := '';
        everywhere := '';
        FOREACH word IN ARRAY folded LOOP
            EXECUTE format(
                'SELECT coalesce(array_agg(found.id), ''{}'') FROM (SELECT o.id FROM contacts_company o'
                ' WHERE o.organisation_id = %s AND %s LIMIT %s) AS found',
                organisation, contacts_search_condition('o.search_text', word, nearly), few
            ) INTO bearers;
            IF cardinality(bearers) = few THEN
                of_many := coalesce(of_many, contacts_search_condition('o.search_text', word, nearly));
            ELSE
                by_company := by_company || bearers;
                is_spelt := nearly AND contacts_search_forgives(ARRAY[word]);
                leads := leads || ' AND ' || contacts_search_condition(
                    CASE WHEN is_spelt AND has_spelt THEN '(c.search_text || '''')' ELSE 'c.search_text' END, word, nearly
                );
                has_spelt := has_spelt OR is_spelt;
            END IF;
            everywhere := everywhere || format(
                ' AND (%s OR %s)',
                contacts_search_condition('(c.search_text || '''')', word, nearly),
                contacts_search_condition('(o.search_text || '''')', word, nearly)
            );
        END LOOP;
        RETURN QUERY EXECUTE format(
            'SELECT DISTINCT found.id, %1$L::boolean FROM ('
            ' (SELECT c.id FROM contacts_contact c LEFT JOIN contacts_company o ON o.id = c.company_id'
            '  WHERE c.organisation_id = %2$s%3$s%4$s LIMIT %5$s)'
            ' UNION ALL'
            ' (SELECT c.id FROM contacts_company o JOIN contacts_contact c'
            '   ON c.organisation_id = o.organisation_id AND c.company_id = o.id'
            '  WHERE o.organisation_id = %2$s AND %6$s%4$s LIMIT %5$s)'
            ') AS found LIMIT %5$s',
            nearly, organisation,
            coalesce(nullif(leads, ''), ' AND ' || contacts_search_condition('c.search_text', folded[1], nearly)),
            everywhere, most,
            CASE WHEN leads = '' THEN of_many ELSE format('o.id = ANY (%L::bigint[])', by_company) END
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
    SELECT array_agg(given ORDER BY length(given) DESC, given)
    INTO folded FROM (SELECT DISTINCT contacts_fold(one) AS given FROM unnest(words) AS one) AS them WHERE given <> '';
    IF folded IS NULL THEN
        RETURN;
    END IF;
    FOREACH nearly IN ARRAY ARRAY[false, true] LOOP
        SELECT string_agg(contacts_search_condition(
            CASE WHEN nearly AND place > 1 THEN '(search_text || '''')' ELSE 'search_text' END, word, nearly
        ), ' AND ')
        INTO conditions FROM unnest(folded) WITH ORDINALITY AS them (word, place);
        RETURN QUERY EXECUTE format(
            'SELECT o.id, %L::boolean FROM contacts_company o WHERE o.organisation_id = %s AND %s LIMIT %s',
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
