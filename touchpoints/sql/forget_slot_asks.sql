-- Purpose: keep the latest notes of which places are asked for, and no more: anybody's page may ask for any key.
-- Parameters: organisation_id, most.
-- Cost: the organisation's notes, a few hundred.
DELETE FROM slots_slotask a
WHERE a.organisation_id = %(organisation_id)s
  AND a.id IN (
      SELECT b.id FROM slots_slotask b
      WHERE b.organisation_id = %(organisation_id)s
      -- Those of places that exist come first.
      ORDER BY EXISTS (
          SELECT FROM slots_slot s WHERE s.organisation_id = b.organisation_id AND s.key = b.key
      ) DESC, b.last_at DESC
      OFFSET %(most)s
  )
