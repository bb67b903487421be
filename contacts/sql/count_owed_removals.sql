-- Purpose: how many a platform was told of by an audience's files who may no longer be in it.
-- Parameters: organisation_id, audience_id, purpose_id (null: an archived purpose allows nobody).
-- Columns: number of different hashes.
-- Relies on: audiences_member_file; states and suppressions by contact.
-- Cost: the audience's people, once a file.
SELECT count(DISTINCT m.email_hash)
FROM audiences_audiencemember m
WHERE m.organisation_id = %(organisation_id)s AND m.removed_in_id IS NULL AND m.email_hash <> ''
    -- Only what was taken can have reached a platform.
    AND EXISTS (
        SELECT FROM audiences_audiencefile f
        WHERE f.organisation_id = m.organisation_id AND f.id = m.file_id AND f.audience_id = %(audience_id)s
          AND f.kind = 'add' AND f.downloads > 0
    )
    -- Erased, or gone from the base; else no longer allowed.
    AND (
        m.contact_id IS NULL
        OR NOT EXISTS (
            SELECT FROM consent_consentstate x
            WHERE x.organisation_id = m.organisation_id AND x.contact_id = m.contact_id
              AND x.purpose_id = %(purpose_id)s AND x.state = 'given'
        )
        OR EXISTS (
            SELECT FROM contacts_suppression x
            WHERE x.organisation_id = m.organisation_id AND x.contact_id = m.contact_id
        )
    )
