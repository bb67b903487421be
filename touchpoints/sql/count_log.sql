-- Purpose: count an organisation's interactions, for the progress of a run over all of them.
-- Parameters: organisation_id.
-- Relies on: touchpoints_interaction_log (read alone).
-- Cost: the index; about a second for ten million.
SELECT count(*) FROM touchpoints_interaction i WHERE i.organisation_id = %(organisation_id)s
