-- Purpose: keep with each person of an audience's file what tells them to the platform, so that it can be told to
--   remove them.
-- Parameters: organisation_id, ids, hashes (alike in order).
-- Cost: one row each.
UPDATE audiences_audiencemember m
SET email_hash = n.hash
FROM unnest(%(ids)s::bigint[], %(hashes)s::text[]) AS n (id, hash)
WHERE m.organisation_id = %(organisation_id)s AND m.id = n.id
