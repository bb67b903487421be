-- Purpose: the next hashes a platform is to be told to remove, noted as told in this file. What a hash stands for in
--   several files is told once.
-- Parameters: organisation_id, audience_id, purpose_id (null: an archived purpose allows nobody), file_id, most.
-- Columns: email_hash.
-- Relies on: audiences_member_file; states and suppressions by contact.
-- Cost: the audience's people, once a file.
WITH owed AS MATERIALIZED (
    SELECT DISTINCT m.email_hash
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
    ORDER BY m.email_hash
    LIMIT %(most)s
), noted AS (
    UPDATE audiences_audiencemember n
    SET removed_in_id = %(file_id)s
    FROM owed o
    WHERE n.organisation_id = %(organisation_id)s AND n.email_hash = o.email_hash AND n.removed_in_id IS NULL
      AND n.file_id IN (
          SELECT f.id FROM audiences_audiencefile f
          WHERE f.organisation_id = n.organisation_id AND f.audience_id = %(audience_id)s AND f.kind = 'add'
      )
    RETURNING n.email_hash
)
SELECT DISTINCT email_hash FROM noted ORDER BY email_hash
