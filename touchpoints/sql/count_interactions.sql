-- Purpose: how often something happened at a touchpoint, ever.
-- Parameters: organisation_id, touchpoint_id.
-- Relies on: touchpoints_interaction_touchpoint (read alone).
-- Cost: the touchpoint's interactions in the index: 0.1 s a million.
SELECT count(*) FROM touchpoints_interaction i
WHERE i.organisation_id = %(organisation_id)s AND i.touchpoint_id = %(touchpoint_id)s
