-- Purpose: leave of what rows say to purposes only what the import will write of contacts that are known: a no where none
--   stands, a yes where nothing was said and the file may add to known contacts.
-- Parameters: organisation_id, mode, uploaded_at (when it was said, where the row does not tell).
-- Relies on: consent_purpose_code, consent_consentstate_one.
-- Cost: one index lookup for each answer of a known contact. A yes never stands against a no; a no does not stand against
--   a yes of the person's own that is younger.
UPDATE contacts_import_row AS r
SET consents = (
    SELECT coalesce(jsonb_object_agg(a.key, a.value), '{}')
    FROM jsonb_each(r.consents) AS a
    JOIN consent_purpose p
        ON p.organisation_id = %(organisation_id)s AND p.code = a.key AND p.archived_at IS NULL
    LEFT JOIN consent_consentstate s
        ON s.organisation_id = %(organisation_id)s AND s.contact_id = r.contact_id AND s.purpose_id = p.id
    WHERE CASE
        WHEN (a.value ->> 'yes')::boolean THEN s.id IS NULL AND %(mode)s <> 'add'
        WHEN s.id IS NULL THEN true
        ELSE s.state = 'given' AND NOT (
            s.source = 'centre' AND s.since >= coalesce((a.value ->> 'at')::timestamptz, %(uploaded_at)s)
        )
    END
)
WHERE r.consents <> '{}' AND r.contact_id IS NOT NULL
