-- Purpose: what profile rules say of people, which of it was written after the moment that counts for each, and how
--   much they had done until then.
-- Parameters: organisation_id, arrays of one length contact_ids and moments, no_acts text[] (kinds that are nobody's
--   act), those of the rules; <profiles> joins c and co, <hits> are the rules as boolean[], <written> when what each asks
--   for was last written, as timestamptz[] (null: with the contact itself).
-- Returns: contact_id, hits, written after the moment (boolean[], same order), acts before the moment.
-- Relies on: primary key of contacts_standing, touchpoints_interaction_contact.
-- Cost: a few look-ups a person.
SELECT p.contact_id,
       {hits},
       ARRAY(SELECT coalesce(w.at >= p.moment, false) FROM unnest({written}) WITH ORDINALITY AS w (at, n) ORDER BY w.n),
       (SELECT count(*) FROM touchpoints_interaction i
        WHERE i.organisation_id = %(organisation_id)s AND i.contact_id = p.contact_id AND i.verdict = 'human'
          AND i.occurred_at < p.moment AND i.kind <> ALL (%(no_acts)s::text[]))
FROM unnest(%(contact_ids)s::bigint[], %(moments)s::timestamptz[]) AS p (contact_id, moment)
JOIN contacts_standing s ON s.organisation_id = %(organisation_id)s AND s.contact_id = p.contact_id
{profiles}
